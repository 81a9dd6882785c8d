#include "balance/fair_share.hpp"

#include "catch.hpp"

#include <array>
#include <thread>
#include <vector>

using namespace cxxproxy;

namespace {

struct Three {
  std::array<std::atomic<std::int64_t>, 3> scores{};
  std::array<MemberView, 3> views = {{
      {4, 100, 0, 0, 0, &scores[0]},
      {7, 250, 0, 0, 0, &scores[1]},
      {9, 300, 0, 0, 0, &scores[2]},
  }};
  std::int64_t sum() const { return scores[0] + scores[1] + scores[2]; }
};

}  // namespace

TEST_CASE("every candidate is credited with its weight", "[balance]") {
  Three three;
  CHECK(balance::credit_all(three.views) == 650);
  CHECK(three.scores[0] == 100);
  CHECK(three.scores[1] == 250);
  CHECK(three.scores[2] == 300);
  CHECK(balance::credit_all({}) == 0);
}

TEST_CASE("a charge debits the chosen member with what all were credited", "[balance]") {
  Three three;
  balance::charge_as_picked(three.views, 7);
  CHECK(three.scores[0] == 100);
  CHECK(three.scores[1] == -400);
  CHECK(three.scores[2] == 300);
  CHECK(three.sum() == 0);
}

TEST_CASE("a charge for somebody who is not usable changes nothing", "[balance]") {
  Three three;
  balance::charge_as_picked(three.views, 5);
  balance::charge_as_picked({}, 5);
  CHECK(three.scores[0] == 0);
  CHECK(three.scores[1] == 0);
  CHECK(three.scores[2] == 0);
}

TEST_CASE("charges from many threads keep the sum", "[balance][threads]") {
  Three three;
  std::vector<std::thread> crew;
  for (int n = 0; n < 8; ++n) {
    crew.emplace_back([&three, n] {
      for (int done = 0; done < 5000; ++done) balance::charge_as_picked(three.views, three.views[(n + done) % 3].id);
    });
  }
  for (std::thread& thread : crew) thread.join();
  CHECK(three.sum() == 0);
}
