#include "health/active.hpp"

#include "catch.hpp"

#include <thread>

using namespace cxxproxy;
using balance::MemberFlag;
using balance::MemberFlags;
using health::CheckMark;
using Change = CheckMark::Change;

namespace {

constexpr std::int64_t now = 1'000'000'000;

struct Member {
  explicit Member(MemberFlags more = MemberFlags()) : flags(more.with(MemberFlag::Initialised).bits()) {}

  CheckMark mark() { return {&flags, &counts, &error_time}; }
  Change passes(std::int32_t needed) { return mark().passed(needed); }
  Change fails(std::int32_t needed) { return mark().failed(needed, now); }
  bool has(MemberFlag flag) const { return MemberFlags(flags).has(flag); }

  std::atomic<std::uint32_t> flags;
  health::CheckCounts counts{};
  std::atomic<std::int64_t> error_time{0};
};

}  // namespace

TEST_CASE("so many failures in a row disable a member", "[health]") {
  Member member;
  CHECK(member.fails(3) == Change::None);
  CHECK(member.fails(3) == Change::None);
  CHECK_FALSE(member.has(MemberFlag::HealthFailed));
  CHECK(member.counts.fails == 2);
  CHECK(member.fails(3) == Change::Disabled);
  CHECK(member.has(MemberFlag::HealthFailed));
  CHECK(member.has(MemberFlag::Initialised));
  CHECK(member.counts.fails == 0);
  CHECK(member.error_time == now);
}

TEST_CASE("so many passes in a row enable it again", "[health]") {
  Member member(MemberFlag::HealthFailed);
  CHECK(member.passes(3) == Change::None);
  CHECK(member.passes(3) == Change::None);
  CHECK(member.has(MemberFlag::HealthFailed));
  CHECK(member.counts.passes == 2);
  CHECK(member.passes(3) == Change::Enabled);
  CHECK(MemberFlags(member.flags) == MemberFlag::Initialised);
  CHECK(member.counts.passes == 0);
}

TEST_CASE("one is enough where one, or none, is needed", "[health]") {
  const std::int32_t needed = GENERATE(0, 1, -1);
  Member member;
  CHECK(member.fails(needed) == Change::Disabled);
  CHECK(member.passes(needed) == Change::Enabled);
}

TEST_CASE("a pass forgets the failures before it", "[health]") {
  Member member;
  for (int round = 0; round < 5; ++round) {
    CHECK(member.fails(2) == Change::None);
    CHECK(member.passes(2) == Change::None);
  }
  CHECK(member.fails(2) == Change::None);
  CHECK(member.fails(2) == Change::Disabled);
}

TEST_CASE("a failure forgets the passes before it", "[health]") {
  Member member(MemberFlag::HealthFailed);
  for (int round = 0; round < 5; ++round) {
    CHECK(member.passes(2) == Change::None);
    CHECK(member.fails(2) == Change::None);
  }
  CHECK(member.passes(2) == Change::None);
  CHECK(member.passes(2) == Change::Enabled);
}

TEST_CASE("passes from before a member was unwell do not count", "[health]") {
  Member member(MemberFlag::Error);
  CHECK(member.passes(2) == Change::None);
  member.flags = MemberFlags(MemberFlag::Initialised).bits();  // its time was over
  CHECK(member.passes(2) == Change::None);
  member.flags |= MemberFlags(MemberFlag::Error).bits();
  CHECK(member.passes(2) == Change::None);
  CHECK(member.passes(2) == Change::Enabled);
}

TEST_CASE("what is said once is not said again", "[health]") {
  Member member;
  CHECK(member.passes(1) == Change::None);
  CHECK(member.fails(1) == Change::Disabled);
  CHECK(member.fails(1) == Change::None);
  CHECK(member.passes(1) == Change::Enabled);
  CHECK(member.passes(1) == Change::None);
}

TEST_CASE("all checks and all failures are counted", "[health]") {
  Member member;
  for (int i = 0; i < 5; ++i) member.fails(3);
  for (int i = 0; i < 7; ++i) member.passes(2);
  CHECK(member.counts.checks == 12);
  CHECK(member.counts.failures == 5);
}

TEST_CASE("when a member failed is known, and not moved while it is out", "[health]") {
  Member member;
  member.mark().failed(2, now);
  CHECK(member.error_time == now);
  member.mark().failed(2, now + 5);
  CHECK(member.error_time == now + 5);
  member.mark().failed(2, now + 9);
  CHECK(member.error_time == now + 5);
}

TEST_CASE("a member that waits for its first check needs one pass", "[health]") {
  Member member(MemberFlag::HealthFailed);
  member.counts.awaited = true;
  SECTION("the first check") {}
  SECTION("after failures, too") {
    CHECK(member.fails(3) == Change::None);
    CHECK(member.fails(3) == Change::None);
  }
  CHECK(member.passes(3) == Change::Enabled);
  CHECK_FALSE(member.counts.awaited);
  SECTION("and is like any other then") {
    CHECK(member.fails(1) == Change::Disabled);
    CHECK(member.passes(2) == Change::None);
    CHECK(member.passes(2) == Change::Enabled);
  }
}

TEST_CASE("a well member has nothing to wait for", "[health]") {
  Member member;
  member.counts.awaited = true;
  CHECK(member.passes(3) == Change::None);
  CHECK_FALSE(member.counts.awaited);
  CHECK(member.fails(1) == Change::Disabled);
  CHECK(member.passes(2) == Change::None);
}

TEST_CASE("passes lift the error mark of requests", "[health]") {
  const bool both = GENERATE(false, true);
  Member member(both ? MemberFlag::Error | MemberFlag::HealthFailed : MemberFlags(MemberFlag::Error));
  CHECK(member.passes(2) == Change::None);
  CHECK(member.has(MemberFlag::Error));
  CHECK(member.passes(2) == Change::Enabled);
  CHECK(MemberFlags(member.flags) == MemberFlag::Initialised);
}

TEST_CASE("failures of a member in error count, and leave its rest as it is", "[health]") {
  Member member(MemberFlag::Error);
  member.error_time = 7;
  CHECK(member.fails(2) == Change::None);
  CHECK_FALSE(member.has(MemberFlag::HealthFailed));
  CHECK(member.fails(2) == Change::Disabled);
  CHECK(member.has(MemberFlag::HealthFailed));
  CHECK(member.has(MemberFlag::Error));
  CHECK(member.error_time == 7);
  CHECK(member.counts.failures == 2);
}

TEST_CASE("a member that ignores errors is disabled like any other", "[health]") {
  Member member(MemberFlag::IgnoreErrors);
  CHECK(member.fails(2) == Change::None);
  CHECK(member.fails(2) == Change::Disabled);
  CHECK_FALSE(usable(MemberFlags(member.flags)));
  CHECK(member.passes(1) == Change::Enabled);
  CHECK(member.has(MemberFlag::IgnoreErrors));
}

TEST_CASE("checks leave the other flags alone", "[health]") {
  const MemberFlags others = MemberFlag::Initialised | MemberFlag::Disabled | MemberFlag::Drain | MemberFlag::Standby;
  Member member(others);
  CHECK(member.fails(1) == Change::Disabled);
  CHECK(MemberFlags(member.flags) == others.with(MemberFlag::HealthFailed));
  CHECK(member.passes(1) == Change::Enabled);
  CHECK(MemberFlags(member.flags) == others);
}

namespace {

// Two at once, round by round.
template <class Work>
int changes_of_two(Work work) {
  std::atomic<int> ready{0};
  std::atomic<int> changes{0};
  const auto run = [&] {
    ++ready;
    while (ready < 2) {
    }
    if (work() != Change::None) ++changes;
  };
  std::thread other(run);
  run();
  other.join();
  return changes;
}

}  // namespace

TEST_CASE("of two threads exactly one hears of a change", "[health][threads]") {
  Member member;
  for (int round = 0; round < 300; ++round) {
    CHECK(changes_of_two([&] { return member.fails(1); }) == 1);
    CHECK(member.has(MemberFlag::HealthFailed));
    CHECK(changes_of_two([&] { return member.passes(1); }) == 1);
    CHECK_FALSE(member.has(MemberFlag::HealthFailed));
  }
  CHECK(member.counts.checks == 1200);
  CHECK(member.counts.failures == 600);
}

TEST_CASE("of two threads exactly one hears that a member need not be waited for", "[health][threads]") {
  for (int round = 0; round < 300; ++round) {
    Member member(MemberFlag::HealthFailed);
    member.counts.awaited = true;
    CHECK(changes_of_two([&] { return member.passes(3); }) == 1);
  }
}

TEST_CASE("changes that two threads hear of come in turn", "[health][threads]") {
  Member member;
  constexpr int turns = 20'000;
  std::atomic<int> disabled{0};
  std::atomic<int> enabled{0};
  std::thread failing([&] {
    for (int n = 0; n < turns; ++n) disabled += member.fails(1) == Change::Disabled ? 1 : 0;
  });
  for (int n = 0; n < turns; ++n) enabled += member.passes(1) == Change::Enabled ? 1 : 0;
  failing.join();
  CHECK(disabled - enabled == (member.has(MemberFlag::HealthFailed) ? 1 : 0));
}
