#include "exchange/scratch.hpp"

#include <thread>

#include "catch.hpp"

namespace cxxproxy::exchange {
namespace {

TEST_CASE("what one exchange leaves the next one takes, on the thread where it was left", "[exchange]") {
  const Scratch* first = nullptr;
  {
    const ScratchLoan loan;
    first = loan.operator->();
  }
  const ScratchLoan again;
  CHECK(again.operator->() == first);
  const ScratchLoan another;
  CHECK(another.operator->() != first);
}

TEST_CASE("a loan may be given back early, and once", "[exchange]") {
  ScratchLoan loan;
  const Scratch* first = loan.operator->();
  loan.give_back();
  const ScratchLoan next;
  CHECK(next.operator->() == first);
  loan.give_back();
}

TEST_CASE("a loan may end on another thread than its own", "[exchange]") {
  auto loan = std::make_unique<ScratchLoan>();
  const Scratch* lent = loan->operator->();
  std::thread([&] {
    loan.reset();
    CHECK(ScratchLoan().operator->() == lent);
  }).join();
  CHECK(ScratchLoan().operator->() != lent);
}

TEST_CASE("a head that grew very large is not left to anybody", "[exchange]") {
  const char* large = nullptr;
  {
    const ScratchLoan loan;
    loan->head.assign(1 << 20, 'x');
    large = loan->head.data();
  }
  const ScratchLoan again;
  CHECK(again->head.capacity() < 1 << 20);
  CHECK(again->head.data() != large);
}

}  // namespace
}  // namespace cxxproxy::exchange
