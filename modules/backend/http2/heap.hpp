// Memory for nghttp2, which asks for a dozen small pieces a request and gives them back soon after.
#pragma once

#include <array>
#include <cstddef>

namespace cxxproxy::backend {

// malloc() with lists of what was given back, by size, of which it keeps `most_kept` bytes. With the address sanitizer
// it is malloc() alone, so that what goes wrong is seen. One thread at a time; all is given back before it ends.
// Nothing throws; null: no memory.
class Http2Heap {
 public:
  Http2Heap() = default;
  Http2Heap(const Http2Heap&) = delete;
  Http2Heap& operator=(const Http2Heap&) = delete;
  ~Http2Heap();

  // Aligned for anything, as all of them are.
  void* take(std::size_t size) noexcept;

  // Zeros.
  void* take(std::size_t count, std::size_t size) noexcept;

  // With the same bytes, as far as there is room; on failure `piece` stays as it is. A null one is take().
  void* resize(void* piece, std::size_t size) noexcept;

  void give_back(void* piece) noexcept;

  std::size_t kept() const noexcept { return kept_; }

  static constexpr std::size_t most_kept = 65536;
#if defined(__SANITIZE_ADDRESS__)
  static constexpr bool keeps = false;
#else
  static constexpr bool keeps = true;
#endif

 private:
  struct alignas(std::max_align_t) Header {
    std::size_t room;  // behind it
    Header* next;      // of those that are kept
  };

  // Pieces of up to `step`, twice, three times ... that; larger ones are not kept.
  static constexpr std::size_t step = 64;
  static constexpr std::size_t largest = 1024;

  static std::size_t list_of(std::size_t room) noexcept { return room / step - 1; }

  std::array<Header*, largest / step> free_{};
  std::size_t kept_ = 0;
};

}  // namespace cxxproxy::backend
