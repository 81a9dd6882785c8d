// Idle connections that a reactor watches: what happens to them while they lie there, and how well they are looked at
// when they are taken.
#include <utility>
#include <vector>

#include "backend/loopback.hpp"
#include "backend/pool.hpp"
#include "backend/pool_with_home.hpp"
#include "catch.hpp"
#include "engine/reactor_thread.hpp"

namespace cxxproxy::backend {
namespace {

using namespace test;

TEST_CASE("an idle connection that its backend closes leaves the pool at once", "[backend]") {
  PoolWithHome with;
  FileDescriptor theirs = with.leave_idle_at(with.home);
  theirs.reset();
  CHECK(with.home.comes_true([&] { return with.pool.stats().idle == 0; }));
  CHECK(with.pool.stats().stale == 1);
  CHECK(with.home.reactor().watched() == 0);
}

TEST_CASE("an idle connection that talks is closed at once", "[backend]") {
  PoolWithHome with;
  const FileDescriptor theirs = with.leave_idle_at(with.home);
  say(theirs, "HTTP/1.1 408 Request Timeout\r\n\r\n");
  CHECK(with.home.comes_true([&] { return with.pool.stats().idle == 0; }));
  CHECK(with.pool.stats().stale == 1);
}

TEST_CASE("an idle connection that could be written to stays", "[backend]") {
  PoolWithHome with;
  const FileDescriptor theirs = with.leave_idle_at(with.home);
  with.home.look_around();
  CHECK(with.pool.stats().idle == 1);
  CHECK(with.has_one_for(with.home, Check::Watched));
}

TEST_CASE("only the idle ones that stir are closed", "[backend]") {
  PoolWithHome with;
  std::vector<FileDescriptor> theirs;
  with.home.run([&] {
    std::vector<Lease> leases;
    for (int i = 0; i < 5; ++i) leases.push_back(*with.pool.try_acquire());
    for (Lease& lease : leases) {
      theirs.push_back(with.fill(lease, with.home.reactor()));
      lease.keep();
      lease.release();
    }
  });
  theirs[1].reset();
  theirs[3].reset();
  CHECK(with.home.comes_true([&] { return with.pool.stats().stale == 2; }));
  with.home.look_around();
  CHECK(with.pool.stats().idle == 3);
}

TEST_CASE("what its home has seen of a connection before it is kept closes it", "[backend]") {
  PoolWithHome with;
  Link link = pair();
  FileDescriptor theirs = std::move(link.theirs);
  Lease lease = *with.pool.try_acquire();
  Connection* const connection = link.ours.get();
  with.home.run([&] {
    connection->attach(with.home.reactor(), nullptr);
    lease.adopt(std::move(link.ours));
  });
  SECTION("bytes") { say(theirs, "x"); }
  SECTION("the end, although somebody has been told of it") { theirs.reset(); }
  REQUIRE(with.home.comes_true([&] { return connection->stirred(); }));
  with.home.run([&] {
    if (!theirs) static_cast<void>(connection->watch().take({-1, true, false}));
    lease.keep();
    lease.release();
  });
  CHECK(with.pool.stats().idle == 0);
  CHECK(with.pool.stats().stale == 1);
  CHECK(with.pool.stats().leased == 0);
}

TEST_CASE("what its home has seen and the exchange has read since does not spoil a connection", "[backend]") {
  PoolWithHome with;
  Link link = pair();
  Lease lease = *with.pool.try_acquire();
  Connection* const connection = link.ours.get();
  with.home.run([&] {
    connection->attach(with.home.reactor(), nullptr);
    lease.adopt(std::move(link.ours));
  });
  say(link.theirs, "x");
  REQUIRE(with.home.comes_true([&] { return connection->stirred(); }));
  with.home.run([&] {
    CHECK(read_one(*connection).ok());
    lease.keep();
    lease.release();
  });
  CHECK(with.pool.stats().idle == 1);
  CHECK(with.has_one_for(with.home, Check::Watched));
  say(link.theirs, "x");
  CHECK(with.home.comes_true([&] { return with.pool.stats().idle == 0; }));
}

TEST_CASE("a connection that is leased again is no longer the pool's to watch", "[backend]") {
  PoolWithHome with;
  const FileDescriptor theirs = with.leave_idle_at(with.home);
  with.home.look_around();
  Lease lease;
  with.home.run([&] { lease = *with.pool.try_acquire({}, Check::Watched); });
  say(theirs, "x");
  with.home.look_around();
  with.home.run([&] {
    CHECK(lease.connection()->watch().take({-1, true, false}).readable);
    lease.release();
  });
  CHECK(with.pool.stats().stale == 0);
}

// --- how well it is looked at ---

TEST_CASE("what has come in this moment is seen by whoever asks the kernel, not by whoever trusts the watch",
          "[backend]") {
  PoolWithHome with;
  const FileDescriptor theirs = with.leave_idle_at(with.home);
  with.home.look_around();
  with.home.run([&] {
    say(theirs, "x");
    {
      Lease lease = *with.pool.try_acquire({}, Check::Watched);
      CHECK(lease.connection() != nullptr);
      lease.keep();
    }
    CHECK(with.pool.try_acquire({}, Check::Always)->connection() == nullptr);
  });
  CHECK(with.pool.stats().stale == 1);
}

TEST_CASE("a connection that nobody watches is looked at whatever the check", "[backend]") {
  PoolWithHome with;
  const FileDescriptor theirs = with.leave_idle();
  say(theirs, "x");
  CHECK(with.pool.try_acquire({}, Check::Watched)->connection() == nullptr);
  CHECK(with.pool.stats().stale == 1);
}

TEST_CASE("what another reactor has not seen yet is seen by whoever takes its connection, whatever the check",
          "[backend]") {
  PoolWithHome with;
  ReactorThread other;
  FileDescriptor theirs = with.leave_idle_at(with.home);
  with.home.look_around();
  const bool by_a_reactor = GENERATE(true, false);
  {
    const Busy busy(with.home);
    if (GENERATE(true, false)) {
      say(theirs, "x");
    } else {
      theirs.reset();
    }
    const auto take = [&] { return with.pool.try_acquire({}, Check::Watched)->connection() == nullptr; };
    CHECK((by_a_reactor ? other.run(take) : take()));
    CHECK(with.pool.stats().idle == 0);
    CHECK(with.pool.stats().stale == 1);
    CHECK(with.pool.stats().reused == 0);
  }
  if (theirs) CHECK(is_closed(theirs));
  CHECK(with.home.comes_true([&] { return with.home.reactor().watched() == 0; }));
  CHECK(with.pool.stats().stale == 1);
}

TEST_CASE("of idle connections that have died at others' homes one that lives is taken", "[backend]") {
  PoolWithHome with;
  std::vector<Lease> slots;
  for (int i = 0; i < 4; ++i) slots.push_back(with.slot());
  std::vector<FileDescriptor> theirs;
  for (Lease& slot : slots) theirs.push_back(with.leave_idle_at(with.home, std::move(slot)));
  with.home.look_around();
  {
    const Busy busy(with.home);
    theirs[3].reset();
    theirs[2].reset();
    theirs[0].reset();
    const Lease lease = *with.pool.try_acquire({}, Check::Watched);
    CHECK(is_of(lease, theirs[1]));
    CHECK(with.pool.stats().stale == 2);
    CHECK(with.pool.stats().idle == 1);
  }
  CHECK(with.home.comes_true([&] { return with.home.reactor().watched() == 0; }));
  CHECK(with.pool.stats().idle == 0);
  CHECK(with.pool.stats().stale == 3);
}

}  // namespace
}  // namespace cxxproxy::backend
