// Idle connections that a reactor watches: whose they are.
#include <utility>

#include "backend/loopback.hpp"
#include "backend/pool.hpp"
#include "backend/pool_with_home.hpp"
#include "catch.hpp"
#include "engine/reactor_thread.hpp"

namespace cxxproxy::backend {
namespace {

using namespace std::chrono_literals;
using namespace test;

// A byte goes each way.
bool carries_bytes(Connection& ours, const FileDescriptor& theirs) {
  if (!write_text(ours, "x").ok() || !await({theirs.get(), true, false})) return false;
  if (hear(theirs, 1) != "x") return false;
  say(theirs, "y");
  return await(ours.interest(true, false)) && read_one(ours).ok();
}

TEST_CASE("an idle connection without a home is for everybody", "[backend]") {
  PoolWithHome with;
  const FileDescriptor theirs = with.leave_idle();
  CHECK(with.has_one_for(with.home));
  CHECK(with.pool.try_acquire()->connection() != nullptr);
}

TEST_CASE("an idle connection stays at home when its reactor takes it", "[backend]") {
  PoolWithHome with;
  const FileDescriptor theirs = with.leave_idle_at(with.home);
  with.home.run([&] {
    const Lease lease = with.slot();
    REQUIRE(lease.connection() != nullptr);
    CHECK(lease.connection()->home() == &with.home.reactor());
  });
}

TEST_CASE("a thread takes a reactor's idle connection when there is no other, and gives it back without a home",
          "[backend]") {
  PoolWithHome with;
  ReactorThread other;
  const FileDescriptor theirs = with.leave_idle_at(with.home);
  {
    Lease lease = with.slot();
    REQUIRE(lease.connection() != nullptr);
    CHECK(lease.connection()->home() == nullptr);
    CHECK(lease.connection()->exchanges() == 1);
    CHECK(with.pool.stats().idle == 0);
    CHECK(with.home.comes_true([&] { return with.home.reactor().watched() == 0; }));
    CHECK(carries_bytes(*lease.connection(), theirs));
    with.home.look_around();
    lease.keep();
  }
  CHECK(with.pool.stats().idle == 1);
  CHECK(with.pool.stats().stale == 0);
  CHECK(with.has_one_for(other));
  CHECK(with.has_one_for(with.home));
  CHECK(with.pool.stats().reused == 3);
  const Lease again = with.slot();
  REQUIRE(again.connection() != nullptr);
  CHECK(again.connection()->home() == nullptr);
  CHECK(carries_bytes(*again.connection(), theirs));
}

TEST_CASE("a reactor takes another's idle connection when there is no other, and is its home then", "[backend]") {
  PoolWithHome with;
  ReactorThread other;
  FileDescriptor theirs = with.leave_idle_at(with.home);
  other.run([&] {
    Lease lease = *with.pool.try_acquire({}, Check::Watched);
    REQUIRE(lease.connection() != nullptr);
    CHECK(lease.connection()->home() == nullptr);
    lease.connection()->attach(other.reactor(), nullptr);
    CHECK(carries_bytes(*lease.connection(), theirs));
    lease.keep();
  });
  CHECK(with.home.comes_true([&] { return with.home.reactor().watched() == 0; }));
  CHECK(other.reactor().watched() == 1);
  other.look_around();
  CHECK(with.pool.stats().idle == 1);
  theirs.reset();
  CHECK(other.comes_true([&] { return with.pool.stats().idle == 0; }));
  CHECK(with.pool.stats().stale == 1);
  CHECK(other.reactor().watched() == 0);
}

TEST_CASE("a reactor takes its own first, then what is nobody's, then another's", "[backend]") {
  PoolWithHome with;
  ReactorThread other;
  Lease first = with.slot();
  Lease second = with.slot();
  Lease third = with.slot();
  const FileDescriptor own = with.leave_idle_at(with.home, std::move(first));
  with.clock.advance(1s);
  const FileDescriptor nobodys = with.leave_idle(std::move(second));
  with.clock.advance(1s);
  const FileDescriptor anothers = with.leave_idle_at(other, std::move(third));
  with.home.run([&] {
    first = with.slot();
    second = with.slot();
    third = with.slot();
    CHECK(is_of(first, own));
    CHECK(is_of(second, nobodys));
    CHECK(is_of(third, anothers));
    CHECK(with.slot().connection() == nullptr);
    first.release();
  });
}

TEST_CASE("a thread takes what is nobody's first, then a reactor's", "[backend]") {
  PoolWithHome with;
  Lease first = with.slot();
  Lease second = with.slot();
  const FileDescriptor nobodys = with.leave_idle(std::move(first));
  with.clock.advance(1s);
  const FileDescriptor homed = with.leave_idle_at(with.home, std::move(second));
  first = with.slot();
  second = with.slot();
  CHECK(is_of(first, nobodys));
  CHECK(is_of(second, homed));
  CHECK(with.slot().connection() == nullptr);
}

TEST_CASE("a reactor's idle connection of another key is left to it", "[backend]") {
  PoolWithHome with;
  ReactorThread other;
  const FileDescriptor theirs = with.leave_idle_at(with.home, *with.pool.try_acquire("one.example"));
  CHECK(with.pool.try_acquire("two.example")->connection() == nullptr);
  CHECK_FALSE(with.has_one_for(other));
  CHECK(with.home.reactor().watched() == 1);
  Lease lease = *with.pool.try_acquire("one.example");
  CHECK(is_of(lease, theirs));
}

TEST_CASE("a reactor's idle connection that is too old is taken by nobody and closed at home", "[backend]") {
  PoolSettings settings;
  settings.ttl = 60s;
  PoolWithHome with(settings);
  const FileDescriptor theirs = with.leave_idle_at(with.home);
  with.clock.advance(60s);
  CHECK(with.slot().connection() == nullptr);
  CHECK(is_closed(theirs));
  CHECK(with.pool.stats().trimmed == 1);
  CHECK(with.pool.stats().reused == 0);
  CHECK(with.home.comes_true([&] { return with.home.reactor().watched() == 0; }));
}

}  // namespace
}  // namespace cxxproxy::backend
