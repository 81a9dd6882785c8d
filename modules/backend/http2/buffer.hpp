// Bytes of answers that their owners could not take at once.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace cxxproxy::backend {

struct Http2Block {
  static constexpr std::size_t room = 16384 - 2 * sizeof(void*);
  std::unique_ptr<Http2Block> next;
  std::size_t used = 0;
  char bytes[room];
};

// Blocks at hand for all streams of one session. One thread.
class Http2Blocks {
 public:
  ~Http2Blocks();
  std::unique_ptr<Http2Block> take();  // throws std::bad_alloc
  void give_back(std::unique_ptr<Http2Block> block) noexcept;

 private:
  static constexpr std::size_t most_kept = 16;
  std::unique_ptr<Http2Block> free_;
  std::size_t kept_ = 0;
};

// One stream's, first in, first out. Whoever has one clears it, with the blocks it was filled from, before it ends.
class Http2Buffer {
 public:
  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }

  // Throws std::bad_alloc; then nothing was appended.
  void append(std::string_view bytes, Http2Blocks& blocks);

  // As many from the front as lie together; empty only when all is. Valid until they are dropped.
  std::string_view front() const noexcept;

  // So many from the front, no more than size().
  void drop(std::size_t count, Http2Blocks& blocks) noexcept;
  void clear(Http2Blocks& blocks) noexcept { drop(size_, blocks); }

 private:
  std::unique_ptr<Http2Block> first_;
  Http2Block* last_ = nullptr;
  std::size_t begin_ = 0;  // in the first block
  std::size_t size_ = 0;
};

}  // namespace cxxproxy::backend
