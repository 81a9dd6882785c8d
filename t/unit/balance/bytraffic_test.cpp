#include "catch.hpp"

#include <array>
#include <string>
#include <vector>

#include "balance/registry.hpp"
#include "cxxproxy/policy.hpp"

using namespace cxxproxy;

namespace {

struct Had {
  std::uint32_t weight;
  std::uint64_t sent;
  std::uint64_t received;
};

std::atomic<std::int64_t> score;

Policy& bytraffic() { return *balance::find_builtin_policy("bytraffic")->instance(); }

std::vector<MemberView> views_of(const std::vector<Had>& members) {
  std::vector<MemberView> views;
  for (const Had& had : members) {
    views.push_back({static_cast<MemberId>(views.size()), had.weight, 0, had.sent, had.received, &score});
  }
  return views;
}

std::optional<MemberId> pick(const std::vector<Had>& members) { return bytraffic().pick(views_of(members), {}); }

// Picks one after the other, each with a request of 300 bytes and an answer of `size`.
std::string picks(std::vector<Had> members, int count, std::uint64_t size) {
  std::string picked;
  for (int n = 0; n < count; ++n) {
    Had& member = members[pick(members).value()];
    picked += static_cast<char>('0' + (&member - members.data()));
    member.sent += 300;
    member.received += size;
  }
  return picked;
}

}  // namespace

TEST_CASE("bytraffic picks who had the least for its weight", "[balance][bytraffic]") {
  CHECK(pick({{100, 0, 0}, {100, 0, 0}}) == MemberId{0});
  CHECK(pick({{100, 500, 0}, {100, 0, 400}}) == MemberId{1});
  CHECK(pick({{100, 500, 400}, {100, 0, 900}, {100, 300, 300}}) == MemberId{2});
  CHECK(pick({{100, 0, 3000}, {200, 0, 5000}}) == MemberId{1});
}

TEST_CASE("bytraffic takes the earlier of equals", "[balance][bytraffic]") {
  CHECK(pick({{100, 700, 300}, {100, 300, 700}, {200, 2000, 0}}) == MemberId{0});
}

TEST_CASE("bytraffic divides what was sent and what was received each by itself", "[balance][bytraffic]") {
  // 1.5 + 1.5 is 1 + 1 here, as in the stock module: less than 2.9 + 0.9 and no less than 2.
  CHECK(pick({{100, 290, 90}, {100, 150, 150}}) == MemberId{0});
  CHECK(pick({{100, 300, 0}, {100, 199, 199}}) == MemberId{1});
}

TEST_CASE("bytraffic shares bytes by weight", "[balance][bytraffic]") {
  CHECK(picks({{100, 0, 0}, {300, 0, 0}}, 9, 9000) == "011101110");
  CHECK(picks({{100, 0, 0}, {100, 0, 0}, {100, 0, 0}}, 6, 5) == "012012");
}

TEST_CASE("bytraffic counts in 64 bits", "[balance][bytraffic]") {
  CHECK(pick({{1, 1ull << 40, 1ull << 62}, {1, 1ull << 41, 1ull << 61}}) == MemberId{1});
}

TEST_CASE("bytraffic answers with the id of the member", "[balance][bytraffic]") {
  const std::array<MemberView, 1> lone = {{{7, 100, 0, 5, 5, &score}}};
  CHECK(bytraffic().pick(lone, {}) == MemberId{7});
  CHECK_FALSE(bytraffic().pick({}, {}).has_value());
}

TEST_CASE("bytraffic begins anew with the traffic", "[balance][bytraffic]") {
  CHECK(bytraffic().reset().traffic);
  CHECK_FALSE(bytraffic().reset().score);
}

TEST_CASE("bytraffic wants the traffic counted, and leaves scores alone", "[balance][bytraffic]") {
  CHECK(bytraffic().wants().traffic);
  CHECK_FALSE(bytraffic().wants().inflight);
  bytraffic().charge(views_of({{100, 0, 0}, {100, 0, 0}}), 0);
  CHECK(score == 0);
}
