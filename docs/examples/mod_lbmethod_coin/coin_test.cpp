// The policy on its own: no server, no httpd, chance held still. Ends with 0 if all is as it should be.
#include "coin.hpp"

#include <array>
#include <cstdio>

namespace {

int failures = 0;

void check(bool good, const char* what) {
  std::printf("%s - %s\n", good ? "ok" : "not ok", what);
  if (!good) ++failures;
}

// Both lots: 0 is the beginning of the range, 0xffffffff its end.
constexpr cxxproxy::PickInput lots(std::uint32_t one, std::uint32_t other) {
  return {.dice = std::uint64_t{other} << 32U | one, .now_us = 0};
}

constexpr std::uint32_t low = 0;
constexpr std::uint32_t quarter = 0x40000000;
constexpr std::uint32_t high = 0xffffffff;

}  // namespace

int main() {
  std::array<std::atomic<std::int64_t>, 2> scores{};
  std::array<cxxproxy::MemberView, 2> members = {{
      {.id = 0, .weight = 100, .inflight = 0, .sent = 0, .received = 0, .score = &scores[0]},
      {.id = 7, .weight = 300, .inflight = 0, .sent = 0, .received = 0, .score = &scores[1]},
  }};
  coin::Coin coin;

  check(!coin.pick({}, lots(low, high)), "of nobody, nobody");
  check(coin.pick(members, lots(low, high)) == 0, "of two idle ones, the first that was drawn");
  check(coin.pick(members, lots(high, low)) == 7, "and the other way round");
  check(coin.pick(members, lots(quarter - 1, quarter - 1)) == 0, "a weight of one in four has the first quarter");
  check(coin.pick(members, lots(quarter, quarter)) == 7, "and no more");
  members[0].inflight = 1;
  check(coin.pick(members, lots(low, high)) == 7, "the less busy one of two");
  check(coin.pick(members, lots(low, low)) == 0, "a busy one, if nobody else was drawn");
  check(scores[0] == 3 && scores[1] == 3, "each pick is counted");
  coin.charge(members, 7);
  check(scores[1] == 4, "and each request of a session");
  return failures ? 1 : 0;
}
