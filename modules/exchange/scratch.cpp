#include "exchange/scratch.hpp"

#include <utility>
#include <vector>

namespace cxxproxy::exchange {
namespace {

constexpr std::size_t most_kept = 64;
constexpr std::size_t largest_head = 16384;

// What ends while its thread does, finds nobody to leave anything to.
thread_local bool closed = false;

class Shelf {
 public:
  ~Shelf() { closed = true; }

  std::unique_ptr<Scratch> take() {
    if (kept_.empty()) return std::make_unique<Scratch>();
    std::unique_ptr<Scratch> scratch = std::move(kept_.back());
    kept_.pop_back();
    return scratch;
  }

  void put(std::unique_ptr<Scratch> scratch) {
    if (kept_.size() < most_kept && scratch->head.capacity() <= largest_head) kept_.push_back(std::move(scratch));
  }

 private:
  std::vector<std::unique_ptr<Scratch>> kept_;
};

thread_local Shelf shelf;

}  // namespace

ScratchLoan::ScratchLoan() : scratch_(closed ? std::make_unique<Scratch>() : shelf.take()) {}

ScratchLoan::~ScratchLoan() {
  if (!closed) shelf.put(std::move(scratch_));
}

}  // namespace cxxproxy::exchange
