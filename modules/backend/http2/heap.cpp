#include "backend/http2/heap.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>

namespace cxxproxy::backend {

Http2Heap::~Http2Heap() {
  for (Header* header : free_) {
    while (header) std::free(std::exchange(header, header->next));
  }
}

void* Http2Heap::take(std::size_t size) noexcept {
  const std::size_t room = std::max(step, (size + step - 1) / step * step);
  if (size > std::numeric_limits<std::size_t>::max() - step - sizeof(Header)) return nullptr;
  if (room <= largest) {
    if (Header* const header = free_[list_of(room)]) {
      free_[list_of(room)] = header->next;
      kept_ -= room;
      return header + 1;
    }
  }
  auto* const header = static_cast<Header*>(std::malloc(sizeof(Header) + room));
  if (!header) return nullptr;
  header->room = room;
  return header + 1;
}

void* Http2Heap::take(std::size_t count, std::size_t size) noexcept {
  if (size != 0 && count > std::numeric_limits<std::size_t>::max() / size) return nullptr;
  void* const piece = take(count * size);
  return piece ? std::memset(piece, 0, count * size) : nullptr;
}

void* Http2Heap::resize(void* piece, std::size_t size) noexcept {
  if (!piece) return take(size);
  const std::size_t room = (static_cast<Header*>(piece) - 1)->room;
  if (size <= room && size > room / 2) return piece;
  void* const other = take(size);
  if (!other) return nullptr;
  std::memcpy(other, piece, std::min(size, room));
  give_back(piece);
  return other;
}

void Http2Heap::give_back(void* piece) noexcept {
  if (!piece) return;
  Header* const header = static_cast<Header*>(piece) - 1;
  if (!keeps || header->room > largest || kept_ + header->room > most_kept) return std::free(header);
  header->next = std::exchange(free_[list_of(header->room)], header);
  kept_ += header->room;
}

}  // namespace cxxproxy::backend
