// Pipes to move bytes from one socket to another past the memory of this process: splice(2).
#pragma once

#include <cstddef>
#include <memory>

namespace cxxproxy::engine {

// A pipe that never waits. One thread at a time, not always the same.
class Pipe {
 public:
  // The most there are in a process, of 256 KiB each: the kernel lets a user, and so all children of an httpd together,
  // have 64 MiB in pipes (pipe-user-pages-soft, pipe(7)), and gives everybody tiny ones beyond that.
  static constexpr int most = 16;

  // An empty one; null when there is none to be had. Any thread.
  static std::unique_ptr<Pipe> take() noexcept;

  // For the next who asks, on any thread. Nothing is in it any more; one that has something left is destroyed instead.
  static void put_back(std::unique_ptr<Pipe> pipe) noexcept;

  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe();

  int read_end() const noexcept { return ends_[0]; }
  int write_end() const noexcept { return ends_[1]; }

  // Bytes that it holds at most. It may be full with fewer: what is spliced into it keeps the pages that it came in.
  std::size_t size() const noexcept { return size_; }

 private:
  Pipe(const int (&ends)[2], std::size_t size) noexcept : ends_{ends[0], ends[1]}, size_(size) {}

  int ends_[2];
  std::size_t size_;
};

}  // namespace cxxproxy::engine
