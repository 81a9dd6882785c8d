#include "health/passive.hpp"

#include "catch.hpp"

#include <array>
#include <thread>
#include <vector>

using namespace cxxproxy;
using balance::MemberFlag;
using balance::MemberFlags;
using health::ErrorMark;
using Revival = ErrorMark::Revival;

namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t retry_time = 60 * second;
constexpr std::int64_t start = 1'000 * second;

struct Member {
  explicit Member(MemberFlags more = MemberFlags()) : flags(more.with(MemberFlag::Initialised).bits()) {}

  ErrorMark mark() { return {&flags, &error_time, &retries, retry}; }
  bool in_error() const { return MemberFlags(flags).has(MemberFlag::Error); }

  std::atomic<std::uint32_t> flags;
  std::atomic<std::int64_t> error_time{0};
  std::atomic<std::uint32_t> retries{0};
  std::int64_t retry = retry_time;
};

template <std::size_t N>
bool force(std::array<Member, N>& members, std::int64_t now) {
  return health::force_recovery(
      N, [&](MemberId id) { return members[id].mark(); }, now);
}

}  // namespace

TEST_CASE("a fine member that fails is in error, once", "[health]") {
  Member member;
  CHECK(member.mark().mark_error(start));
  CHECK(member.in_error());
  CHECK(member.error_time == start);
  CHECK_FALSE(member.mark().mark_error(start + 5));
}

TEST_CASE("a member in error rests for its retry time and is then fine", "[health]") {
  Member member;
  member.mark().mark_error(start);
  CHECK(member.mark().try_revive(start) == Revival::TooSoon);
  CHECK(member.mark().try_revive(start + retry_time) == Revival::TooSoon);
  CHECK(member.in_error());
  CHECK(member.retries == 0);
  CHECK(member.mark().try_revive(start + retry_time + 1) == Revival::Revived);
  CHECK_FALSE(member.in_error());
  CHECK(member.retries == 1);
  CHECK(member.mark().try_revive(start + retry_time + 1) == Revival::NotInError);
  CHECK(member.retries == 1);
}

TEST_CASE("a failure while in error lets the rest begin anew", "[health]") {
  Member member;
  member.mark().mark_error(start);
  member.mark().mark_error(start + retry_time);
  CHECK(member.mark().try_revive(start + retry_time + 1) == Revival::TooSoon);
  CHECK(member.mark().try_revive(start + 2 * retry_time + 1) == Revival::Revived);
}

TEST_CASE("a fine member cannot be revived", "[health]") {
  Member member;
  CHECK(member.mark().try_revive(start) == Revival::NotInError);
  CHECK(member.retries == 0);
}

TEST_CASE("a member that ignores errors is never put in error", "[health]") {
  Member member(MemberFlag::IgnoreErrors);
  CHECK_FALSE(member.mark().mark_error(start));
  CHECK_FALSE(member.in_error());
  CHECK(member.error_time == 0);
}

TEST_CASE("a member told to ignore errors while it rests is revived at once", "[health]") {
  Member member;
  member.mark().mark_error(start);
  member.flags |= MemberFlags(MemberFlag::IgnoreErrors).bits();
  CHECK(member.mark().try_revive(start) == Revival::Revived);
}

TEST_CASE("a stopped member's error stays", "[health]") {
  Member member(MemberFlag::Stopped);
  member.mark().mark_error(start);
  CHECK(member.mark().try_revive(start + 10 * retry_time) == Revival::Stopped);
  CHECK(member.in_error());
}

TEST_CASE("a disabled member's error ends in time, and it stays disabled", "[health]") {
  Member member(MemberFlag::Disabled);
  member.mark().mark_error(start);
  CHECK(member.mark().try_revive(start + retry_time + 1) == Revival::Revived);
  CHECK(member.mark().now() == (MemberFlag::Initialised | MemberFlag::Disabled));
}

TEST_CASE("with retry=0 the next look revives", "[health]") {
  Member member;
  member.retry = 0;
  member.mark().mark_error(start);
  CHECK(member.mark().try_revive(start + 1) == Revival::Revived);
}

TEST_CASE("an error from the configuration lasts until the first look", "[health]") {
  Member member(MemberFlag::Error);
  CHECK(member.mark().try_revive(start) == Revival::Revived);
}

TEST_CASE("a failed health check is not lifted by time", "[health]") {
  Member member(MemberFlag::HealthFailed);
  member.mark().mark_error(start);
  CHECK(member.mark().try_revive(start + retry_time + 1) == Revival::Revived);
  CHECK(member.mark().now().has(MemberFlag::HealthFailed));
  CHECK_FALSE(usable(member.mark().now()));
}

TEST_CASE("a connection forgets what was", "[health]") {
  Member member;
  member.mark().mark_error(start);
  member.mark().try_revive(start + retry_time + 1);
  member.mark().connected();
  CHECK(member.retries == 0);
  CHECK(member.error_time == 0);
  CHECK_FALSE(member.in_error());
}

TEST_CASE("a connection made before the member failed elsewhere does not shorten its rest", "[health]") {
  Member member;
  member.retries = 3;
  member.mark().mark_error(start);
  member.mark().connected();
  CHECK(member.in_error());
  CHECK(member.error_time == start);
  CHECK(member.retries == 3);
  CHECK(member.mark().try_revive(start + retry_time) == Revival::TooSoon);
}

TEST_CASE("when all members are in error all are tried again", "[health]") {
  std::array<Member, 3> members;
  for (Member& member : members) member.mark().mark_error(start);
  CHECK(force(members, start + 1));
  for (Member& member : members) {
    CHECK_FALSE(member.in_error());
    CHECK(member.retries == 1);
  }
  CHECK_FALSE(force(members, start + 2));
}

TEST_CASE("recovery is not forced while one member is not in error, usable or not", "[health]") {
  std::array<Member, 2> members = {Member(), Member(MemberFlag::Disabled)};
  members[0].mark().mark_error(start);
  CHECK_FALSE(force(members, start + 1));
  CHECK(members[0].in_error());
}

TEST_CASE("recovery is not forced when a rested member comes back by itself", "[health]") {
  std::array<Member, 3> members;
  members[0].mark().mark_error(start + retry_time);
  members[1].mark().mark_error(start);
  members[2].mark().mark_error(start);
  CHECK_FALSE(force(members, start + retry_time + 1));
  CHECK(members[0].in_error());
  CHECK_FALSE(members[1].in_error());
  CHECK(members[2].in_error());
}

TEST_CASE("a forced recovery leaves stopped members stopped and failed checks failed", "[health]") {
  std::array<Member, 2> members = {Member(MemberFlag::Stopped), Member(MemberFlag::HealthFailed)};
  for (Member& member : members) member.mark().mark_error(start);
  CHECK(force(members, start + 1));
  CHECK(members[0].mark().now() == (MemberFlag::Initialised | MemberFlag::Stopped));
  CHECK(members[1].mark().now() == (MemberFlag::Initialised | MemberFlag::HealthFailed));
}

TEST_CASE("nothing is recovered in an empty balancer", "[health]") {
  CHECK_FALSE(health::force_recovery(
      0, [](MemberId) -> ErrorMark { return {}; }, start));
}

TEST_CASE("of many threads exactly one revives a member", "[health][threads]") {
  Member member;
  for (std::uint32_t round = 1; round <= 300; ++round) {
    member.mark().mark_error(start);
    std::atomic<int> revived = 0;
    std::vector<std::thread> crew;
    for (int n = 0; n < 4; ++n) {
      crew.emplace_back([&] {
        if (member.mark().try_revive(start + retry_time + 1) == Revival::Revived) ++revived;
      });
    }
    for (std::thread& thread : crew) thread.join();
    CHECK(revived == 1);
    CHECK_FALSE(member.in_error());
    CHECK(member.retries == round);
  }
}

TEST_CASE("marks and revivals keep what others write into the flags", "[health][threads]") {
  Member member;
  member.retry = 0;
  constexpr int turns = 20000;
  std::thread failing([&] {
    for (int n = 1; n <= turns; ++n) member.mark().mark_error(n);
  });
  std::thread reviving([&] {
    for (int n = 0; n < turns; ++n) member.mark().try_revive(start);
  });
  std::thread connecting([&] {
    for (int n = 0; n < turns; ++n) member.mark().connected();
  });
  const std::uint32_t drain = MemberFlags(MemberFlag::Drain).bits();
  int lost = 0;
  for (int n = 0; n < turns; ++n) {
    member.flags |= drain;
    if ((member.flags & drain) == 0) ++lost;
    member.flags &= ~drain;
    if ((member.flags & drain) != 0) ++lost;
  }
  failing.join();
  reviving.join();
  connecting.join();
  CHECK(lost == 0);
  CHECK(member.mark().now().without(MemberFlag::Error) == MemberFlag::Initialised);
}
