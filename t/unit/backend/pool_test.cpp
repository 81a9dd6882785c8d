#include "backend/pool.hpp"

#include "backend/idle_connections.hpp"
#include "backend/loopback.hpp"
#include "catch.hpp"
#include "engine/fake_clock.hpp"

namespace cxxproxy::backend {
namespace {

using namespace test;

TEST_CASE("a fresh lease has a slot and no connection", "[backend]") {
  engine::FakeClock clock;
  Pool pool({}, clock);
  const auto lease = pool.try_acquire();
  REQUIRE(lease.ok());
  CHECK(*lease);
  CHECK(lease->connection() == nullptr);
  CHECK(pool.stats().leased == 1);
}

TEST_CASE("a kept connection serves the next lease", "[backend]") {
  engine::FakeClock clock;
  Pool pool({}, clock);
  const auto theirs = leave_idle(pool, 1);
  CHECK(pool.stats().idle == 1);
  CHECK(pool.stats().leased == 0);
  const Lease again = *pool.try_acquire();
  REQUIRE(again.connection() != nullptr);
  CHECK(again.connection()->exchanges() == 1);
  CHECK(again.connection()->idle_since() == clock.now());
  CHECK(pool.stats().reused == 1);
  CHECK(pool.stats().idle == 0);
  CHECK(is_open(theirs[0]));
}

TEST_CASE("a connection nobody keeps is closed with its lease", "[backend]") {
  engine::FakeClock clock;
  Pool pool({}, clock);
  FileDescriptor theirs;
  {
    Lease lease = *pool.try_acquire();
    theirs = fill(lease);
  }
  CHECK(is_closed(theirs));
  CHECK(pool.stats().idle == 0);
  CHECK(pool.stats().leased == 0);
}

TEST_CASE("adopting another connection takes back the keep", "[backend]") {
  engine::FakeClock clock;
  Pool pool({}, clock);
  Lease lease = *pool.try_acquire();
  const FileDescriptor first = fill(lease);
  lease.keep();
  const FileDescriptor second = fill(lease);
  CHECK(is_closed(first));
  lease.release();
  CHECK(is_closed(second));
  CHECK(pool.stats().idle == 0);
}

TEST_CASE("keeping nothing leaves nothing behind", "[backend]") {
  engine::FakeClock clock;
  Pool pool({}, clock);
  {
    Lease lease = *pool.try_acquire();
    lease.keep();
  }
  CHECK(pool.stats().idle == 0);
  CHECK(pool.stats().leased == 0);
}

TEST_CASE("a connection that is given up is the caller's, and its slot stays taken", "[backend]") {
  engine::FakeClock clock;
  Pool pool(at_most(1), clock);
  Lease lease = *pool.try_acquire();
  const FileDescriptor theirs = fill(lease);
  lease.keep();
  std::unique_ptr<Connection> connection = lease.give_up();
  REQUIRE(connection);
  CHECK(lease.connection() == nullptr);
  CHECK(lease);
  CHECK_FALSE(pool.try_acquire().ok());
  connection.reset();
  CHECK(is_closed(theirs));
  CHECK(pool.stats().leased == 1);
  lease.release();
  CHECK(pool.stats().leased == 0);
  CHECK(pool.stats().idle == 0);
}

TEST_CASE("an idle connection can be given up, and lives on after its lease", "[backend]") {
  engine::FakeClock clock;
  Pool pool({}, clock);
  const auto theirs = leave_idle(pool, 1);
  Lease lease = *pool.try_acquire();
  const std::unique_ptr<Connection> connection = lease.give_up();
  CHECK(lease.give_up() == nullptr);
  lease.release();
  CHECK(pool.stats().idle == 0);
  REQUIRE(connection);
  CHECK(is_open(theirs[0]));
}

TEST_CASE("a moved lease gives its slot back once", "[backend]") {
  engine::FakeClock clock;
  Pool pool({}, clock);
  {
    Lease first = *pool.try_acquire();
    Lease second = std::move(first);
    CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move): it must be empty now
    first.release();
    CHECK(pool.stats().leased == 1);
    second = *pool.try_acquire();
    CHECK(pool.stats().leased == 1);
  }
  CHECK(pool.stats().leased == 0);
}

TEST_CASE("without reuse every connection is closed", "[backend]") {
  engine::FakeClock clock;
  PoolSettings settings;
  settings.reuse = false;
  Pool pool(settings, clock);
  const auto theirs = leave_idle(pool, 1);
  CHECK(is_closed(theirs[0]));
  CHECK(pool.stats().idle == 0);
}

TEST_CASE("the connection used last is used first", "[backend]") {
  engine::FakeClock clock;
  Pool pool({}, clock);
  const auto theirs = leave_idle(pool, 3);
  const Lease lease = *pool.try_acquire();
  write_text(*lease.connection(), "x");
  CHECK(hear(theirs[2], 1) == "x");
}

TEST_CASE("a connection of another key is not handed out", "[backend]") {
  engine::FakeClock clock;
  Pool pool({}, clock);
  const auto theirs = leave_idle(pool, 1, "one.example");
  CHECK(pool.try_acquire("two.example")->connection() == nullptr);
  CHECK(pool.try_acquire()->connection() == nullptr);
  CHECK(pool.stats().idle == 1);
  CHECK(pool.try_acquire("one.example")->connection() != nullptr);
}

TEST_CASE("the key is looked for below younger connections", "[backend]") {
  engine::FakeClock clock;
  Pool pool({}, clock);
  const auto first = leave_idle(pool, 1, "one.example");
  const auto second = leave_idle(pool, 1, "two.example");
  CHECK(pool.try_acquire("one.example")->connection() != nullptr);
}

TEST_CASE("a connection closed by the backend while idle is passed over", "[backend]") {
  engine::FakeClock clock;
  Pool pool({}, clock);
  auto theirs = leave_idle(pool, 3);
  theirs[2].reset();
  theirs[1].reset();
  const Lease lease = *pool.try_acquire();
  REQUIRE(lease.connection() != nullptr);
  write_text(*lease.connection(), "x");
  CHECK(hear(theirs[0], 1) == "x");
  CHECK(pool.stats().stale == 2);
  CHECK(pool.stats().reused == 1);
}

TEST_CASE("a connection that talks while idle is passed over", "[backend]") {
  engine::FakeClock clock;
  Pool pool({}, clock);
  const auto theirs = leave_idle(pool, 1);
  say(theirs[0], "HTTP/1.1 408 Request Timeout\r\n\r\n");
  const Lease lease = *pool.try_acquire();
  CHECK(lease.connection() == nullptr);
  CHECK(pool.stats().stale == 1);
  CHECK(pool.stats().reused == 0);
}

TEST_CASE("stopping and close_idle close what lies idle", "[backend]") {
  engine::FakeClock clock;
  Pool pool({}, clock);
  const auto first = leave_idle(pool, 1);
  pool.close_idle();
  CHECK(is_closed(first[0]));
  const auto second = leave_idle(pool, 1);
  pool.stop();
  CHECK(is_closed(second[0]));
  CHECK(pool.stats().idle == 0);
}

}  // namespace
}  // namespace cxxproxy::backend
