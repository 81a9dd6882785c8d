// Idle connections that a reactor watches: closed from elsewhere.
#include <utility>
#include <vector>

#include "backend/loopback.hpp"
#include "backend/pool.hpp"
#include "backend/pool_with_home.hpp"
#include "catch.hpp"
#include "engine/fake_clock.hpp"
#include "engine/reactor_thread.hpp"

namespace cxxproxy::backend {
namespace {

using namespace std::chrono_literals;
using namespace test;

TEST_CASE("making room leaves the closing to the home of what is closed", "[backend]") {
  PoolWithHome with(at_most(1));
  const FileDescriptor theirs = with.leave_idle_at(with.home);
  const Lease lease = *with.pool.try_acquire("another key");
  CHECK(lease.connection() == nullptr);
  CHECK(is_closed(theirs));
  CHECK(with.pool.stats().idle == 0);
  CHECK(with.pool.stats().trimmed == 1);
}

TEST_CASE("the longest idle makes room wherever it is at home", "[backend]") {
  PoolWithHome with(at_most(3));
  ReactorThread other;
  Lease one = with.slot();
  Lease two = with.slot();
  const FileDescriptor first = with.leave_idle_at(other, std::move(one));
  with.clock.advance(1s);
  const FileDescriptor second = with.leave_idle_at(with.home, std::move(two));
  with.clock.advance(1s);
  std::vector<Lease> leases;
  leases.push_back(*with.pool.try_acquire("another key"));
  leases.push_back(*with.pool.try_acquire("another key"));
  CHECK(is_closed(first));
  CHECK(with.pool.stats().idle == 1);
  leases.push_back(*with.pool.try_acquire("another key"));
  CHECK(is_closed(second));
}

TEST_CASE("whoever trims, closes or stops leaves the closing to the homes", "[backend]") {
  PoolSettings settings;
  settings.smax = 0;
  settings.ttl = 60s;
  PoolWithHome with(settings);
  const FileDescriptor theirs = with.leave_idle_at(with.home);
  SECTION("trim") {
    with.clock.advance(60s);
    with.pool.trim();
    CHECK(with.pool.stats().trimmed == 1);
  }
  SECTION("trim at home, from a timer") {
    with.clock.advance(60s);
    with.home.run([&] { with.pool.trim(); });
  }
  SECTION("close_idle") { with.pool.close_idle(); }
  SECTION("stop") { with.pool.stop(); }
  CHECK(with.pool.stats().idle == 0);
  CHECK(is_closed(theirs));
  CHECK(with.home.comes_true([&] { return with.home.reactor().watched() == 0; }));
}

TEST_CASE("a connection that stirs on its way out is closed once", "[backend]") {
  PoolWithHome with;
  FileDescriptor theirs = with.leave_idle_at(with.home);
  with.home.look_around();
  {
    // Its home is busy; meanwhile it is closed from elsewhere and by its backend.
    const Busy busy(with.home);
    with.pool.close_idle();
    CHECK(is_open(theirs));
    theirs.reset();
  }
  CHECK(with.home.comes_true([&] { return with.home.reactor().watched() == 0; }));
  CHECK(with.pool.stats().stale == 0);
}

TEST_CASE("a connection kept after the pool has stopped is closed", "[backend]") {
  PoolWithHome with;
  const FileDescriptor theirs = with.home.run([&] {
    Lease lease = *with.pool.try_acquire();
    FileDescriptor other_end = with.fill(lease, with.home.reactor());
    with.pool.stop();
    lease.keep();
    return other_end;
  });
  CHECK(is_closed(theirs));
}

TEST_CASE("a pool may end with connections whose homes have stopped", "[backend]") {
  ReactorThread home;
  FileDescriptor theirs;
  {
    engine::FakeClock clock;
    Pool pool({}, clock);
    home.run([&] {
      Lease lease = *pool.try_acquire();
      Link link = pair();
      link.ours->attach(home.reactor(), nullptr);
      theirs = std::move(link.theirs);
      lease.adopt(std::move(link.ours));
      lease.keep();
    });
    home.stop();
  }
  CHECK(is_closed(theirs));
}

}  // namespace
}  // namespace cxxproxy::backend
