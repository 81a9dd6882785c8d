#include "exchange/scratch.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace cxxproxy::exchange {
namespace {

constexpr std::size_t most_kept = 64;
constexpr std::size_t largest_head = 16384;

// Plain data, so that finding it is one look, and it is still there for what ends while its thread does.
struct Shelf {
  std::array<Scratch*, most_kept> kept{};
  std::size_t count = 0;
  bool cared_for = false;
  bool closed = false;

  std::unique_ptr<Scratch> take() {
    return count == 0 ? std::make_unique<Scratch>() : std::unique_ptr<Scratch>(kept[--count]);
  }

  void put(std::unique_ptr<Scratch> scratch);
};

constinit thread_local Shelf shelf{};

// Clears the shelf at the end of the thread, if only it was called once.
class Caretaker {
 public:
  ~Caretaker() {
    shelf.closed = true;
    while (shelf.count > 0) shelf.take();
  }

  void call() noexcept { shelf.cared_for = true; }
};

thread_local Caretaker caretaker;

void Shelf::put(std::unique_ptr<Scratch> scratch) {
  const std::size_t http2 = scratch->http2_head.memory() + scratch->http2_answer.fields.memory();
  if (closed || count == most_kept || scratch->head.capacity() > largest_head || http2 > largest_head) return;
  if (!cared_for) caretaker.call();
  kept[count++] = scratch.release();
}

}  // namespace

ScratchLoan::ScratchLoan() : scratch_(shelf.take()) {}

void ScratchLoan::give_back() noexcept {
  if (scratch_) shelf.put(std::move(scratch_));
}

}  // namespace cxxproxy::exchange
