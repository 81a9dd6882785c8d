// What is ready to be written to a backend: frames of ours, and bodies of requests that stay where they are.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cxxproxy::backend {

class Http2Stream;

// First in, first out. One thread. What throws, throws std::bad_alloc and has changed nothing.
class Http2Output {
 public:
  // Copies.
  void append(std::string_view bytes);

  // `bytes` of a stream's body: lent until they are written, or until own() is called.
  void lend(std::string_view bytes, Http2Stream& stream);

  // What is lent by this stream is copied, because its owner goes: a frame that was begun must be finished.
  void own(const Http2Stream& stream);

  // From the front, as many pieces as there is room for; how many. Valid until the next call of anything.
  std::size_t pieces(std::span<iovec> out) const noexcept;

  // So many bytes from the front are gone, or as many as the first piece has. `count` is lessened by what was taken:
  // call until it is 0.
  struct Gone {
    Http2Stream* stream = nullptr;  // that had lent them, or null
    std::size_t bytes = 0;          // of that stream's
  };
  Gone drop(std::size_t& count) noexcept;

  void clear() noexcept;

  bool empty() const noexcept { return first_ == pieces_.size(); }
  std::size_t size() const noexcept { return size_; }
  std::size_t count() const noexcept { return pieces_.size() - first_; }

  // Bytes that ever came in, and that ever left: a frame's place in the connection.
  std::uint64_t appended() const noexcept { return written_ + size_; }
  std::uint64_t written() const noexcept { return written_; }

 private:
  struct Piece {
    const char* bytes = nullptr;  // null: the next `size` of own_
    std::size_t size = 0;
    Http2Stream* stream = nullptr;   // that has lent it
    std::unique_ptr<char[]> copy{};  // what `bytes` points into after own()
  };

  void compact() noexcept;
  void reset() noexcept;

  static constexpr std::size_t usual_size = 16384;
  static constexpr std::size_t usual_count = 64;

  std::string own_;
  std::size_t own_begin_ = 0;
  std::vector<Piece> pieces_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace cxxproxy::backend
