#include "backend/http2/heap.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

bool is_aligned(const void* piece) { return reinterpret_cast<std::uintptr_t>(piece) % alignof(std::max_align_t) == 0; }

TEST_CASE("the heap of a session uses again what is given back, for pieces of the same size", "[backend][http2]") {
  Http2Heap heap;
  void* const piece = heap.take(100);
  heap.give_back(piece);
  if (!Http2Heap::keeps) return;
  CHECK(heap.kept() >= 100);
  void* const larger = heap.take(300);
  CHECK(larger != piece);
  void* const same = heap.take(120);
  CHECK(same == piece);
  CHECK(heap.kept() == 0);
  heap.give_back(same);
  heap.give_back(larger);
}

TEST_CASE("the heap of a session gives room for what was asked for, aligned", "[backend][http2]") {
  Http2Heap heap;
  std::vector<void*> pieces;
  for (std::size_t size : {0, 1, 63, 64, 65, 1023, 1024, 1025, 20000}) {
    void* const piece = heap.take(size);
    REQUIRE(piece);
    CHECK(is_aligned(piece));
    std::memset(piece, 'x', size);
    pieces.push_back(piece);
  }
  for (void* piece : pieces) heap.give_back(piece);
  heap.give_back(nullptr);
}

TEST_CASE("the heap of a session gives zeros where they are asked for, in used memory, too", "[backend][http2]") {
  Http2Heap heap;
  void* const used = heap.take(200);
  std::memset(used, 'x', 200);
  heap.give_back(used);
  auto* const zeros = static_cast<char*>(heap.take(20, 10));
  CHECK(std::string(zeros, 200) == std::string(200, '\0'));
  heap.give_back(zeros);
}

TEST_CASE("the heap of a session keeps what a piece holds when it grows or shrinks", "[backend][http2]") {
  Http2Heap heap;
  auto* piece = static_cast<char*>(heap.resize(nullptr, 4));
  std::memcpy(piece, "abc", 4);
  for (std::size_t size : {60, 900, 5000, 70000, 40, 4}) {
    piece = static_cast<char*>(heap.resize(piece, size));
    REQUIRE(piece);
    CHECK(std::string(piece) == "abc");
  }
  heap.give_back(piece);
}

TEST_CASE("the heap of a session keeps no more than it may", "[backend][http2]") {
  Http2Heap heap;
  std::vector<void*> pieces;
  for (int i = 0; i < 200; ++i) pieces.push_back(heap.take(1000));
  for (void* piece : pieces) heap.give_back(piece);
  CHECK(heap.kept() <= Http2Heap::most_kept);
}

TEST_CASE("the heap of a session refuses what nobody has", "[backend][http2]") {
  Http2Heap heap;
  CHECK_FALSE(heap.take(static_cast<std::size_t>(-1)));
  CHECK_FALSE(heap.take(static_cast<std::size_t>(-1) - 40));
  CHECK_FALSE(heap.take(static_cast<std::size_t>(-1) / 2, 3));
}

}  // namespace
}  // namespace cxxproxy::backend
