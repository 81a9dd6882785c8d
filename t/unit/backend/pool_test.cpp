#include "backend/pool.hpp"

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "backend/loopback.hpp"
#include "catch.hpp"
#include "engine/fake_clock.hpp"

namespace cxxproxy::backend {
namespace {

using namespace std::chrono_literals;
using test::is_closed;
using test::is_open;
using test::Listener;

struct Fixture {
  engine::FakeClock clock;

  // A lease with a new connection; the backend's side of it.
  FileDescriptor fill(Lease& lease) const {
    test::Link link = test::pair();
    lease.adopt(std::move(link.ours));
    return std::move(link.theirs);
  }

  // So many idle connections in the pool, all of one key; the first returned has been idle longest.
  std::vector<FileDescriptor> leave_idle(Pool& pool, unsigned count, std::string_view key = {}) const {
    std::vector<FileDescriptor> theirs;
    std::vector<Lease> leases;
    for (unsigned i = 0; i < count; ++i) leases.push_back(*pool.try_acquire(key));
    for (Lease& lease : leases) {
      theirs.push_back(fill(lease));
      lease.keep();
      lease.release();
    }
    return theirs;
  }
};

TEST_CASE("a fresh lease has a slot and no connection", "[backend]") {
  Fixture with;
  Pool pool({}, with.clock);
  const auto lease = pool.try_acquire();
  REQUIRE(lease.ok());
  CHECK(*lease);
  CHECK(lease->connection() == nullptr);
  CHECK(pool.stats().leased == 1);
}

TEST_CASE("a kept connection serves the next lease", "[backend]") {
  Fixture with;
  Pool pool({}, with.clock);
  const auto theirs = with.leave_idle(pool, 1);
  CHECK(pool.stats().idle == 1);
  CHECK(pool.stats().leased == 0);
  const Lease again = *pool.try_acquire();
  REQUIRE(again.connection() != nullptr);
  CHECK(again.connection()->exchanges() == 1);
  CHECK(again.connection()->idle_since() == with.clock.now());
  CHECK(pool.stats().reused == 1);
  CHECK(pool.stats().idle == 0);
  CHECK(is_open(theirs[0]));
}

TEST_CASE("a connection nobody keeps is closed with its lease", "[backend]") {
  Fixture with;
  Pool pool({}, with.clock);
  FileDescriptor theirs;
  {
    Lease lease = *pool.try_acquire();
    theirs = with.fill(lease);
  }
  CHECK(is_closed(theirs));
  CHECK(pool.stats().idle == 0);
  CHECK(pool.stats().leased == 0);
}

TEST_CASE("adopting another connection takes back the keep", "[backend]") {
  Fixture with;
  Pool pool({}, with.clock);
  Lease lease = *pool.try_acquire();
  const FileDescriptor first = with.fill(lease);
  lease.keep();
  const FileDescriptor second = with.fill(lease);
  CHECK(is_closed(first));
  lease.release();
  CHECK(is_closed(second));
  CHECK(pool.stats().idle == 0);
}

TEST_CASE("keeping nothing leaves nothing behind", "[backend]") {
  Fixture with;
  Pool pool({}, with.clock);
  {
    Lease lease = *pool.try_acquire();
    lease.keep();
  }
  CHECK(pool.stats().idle == 0);
  CHECK(pool.stats().leased == 0);
}

TEST_CASE("a moved lease gives its slot back once", "[backend]") {
  Fixture with;
  Pool pool({}, with.clock);
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
  Fixture with;
  PoolSettings settings;
  settings.reuse = false;
  Pool pool(settings, with.clock);
  const auto theirs = with.leave_idle(pool, 1);
  CHECK(is_closed(theirs[0]));
  CHECK(pool.stats().idle == 0);
}

TEST_CASE("the connection used last is used first", "[backend]") {
  Fixture with;
  Pool pool({}, with.clock);
  const auto theirs = with.leave_idle(pool, 3);
  const Lease lease = *pool.try_acquire();
  test::write_text(*lease.connection(), "x");
  CHECK(test::hear(theirs[2], 1) == "x");
}

TEST_CASE("a connection of another key is not handed out", "[backend]") {
  Fixture with;
  Pool pool({}, with.clock);
  const auto theirs = with.leave_idle(pool, 1, "one.example");
  CHECK(pool.try_acquire("two.example")->connection() == nullptr);
  CHECK(pool.try_acquire()->connection() == nullptr);
  CHECK(pool.stats().idle == 1);
  CHECK(pool.try_acquire("one.example")->connection() != nullptr);
}

TEST_CASE("the key is looked for below younger connections", "[backend]") {
  Fixture with;
  Pool pool({}, with.clock);
  const auto first = with.leave_idle(pool, 1, "one.example");
  const auto second = with.leave_idle(pool, 1, "two.example");
  CHECK(pool.try_acquire("one.example")->connection() != nullptr);
}

TEST_CASE("a connection closed by the backend while idle is passed over", "[backend]") {
  Fixture with;
  Pool pool({}, with.clock);
  auto theirs = with.leave_idle(pool, 3);
  theirs[2].reset();
  theirs[1].reset();
  const Lease lease = *pool.try_acquire();
  REQUIRE(lease.connection() != nullptr);
  test::write_text(*lease.connection(), "x");
  CHECK(test::hear(theirs[0], 1) == "x");
  CHECK(pool.stats().stale == 2);
  CHECK(pool.stats().reused == 1);
}

TEST_CASE("a connection that talks while idle is passed over", "[backend]") {
  Fixture with;
  Pool pool({}, with.clock);
  const auto theirs = with.leave_idle(pool, 1);
  test::say(theirs[0], "HTTP/1.1 408 Request Timeout\r\n\r\n");
  const Lease lease = *pool.try_acquire();
  CHECK(lease.connection() == nullptr);
  CHECK(pool.stats().stale == 1);
  CHECK(pool.stats().reused == 0);
}

TEST_CASE("the limit counts leases", "[backend]") {
  Fixture with;
  PoolSettings settings;
  settings.max = 2;
  Pool pool(settings, with.clock);
  const Lease first = *pool.try_acquire();
  Lease second = *pool.try_acquire();
  CHECK(pool.try_acquire().error() == Error{Fault::PoolExhausted});
  second.release();
  CHECK(pool.try_acquire().ok());
  CHECK(pool.stats().exhausted == 1);
}

TEST_CASE("a limit of zero is none", "[backend]") {
  Fixture with;
  Pool pool({}, with.clock);
  std::vector<Lease> leases;
  leases.reserve(1000);
  for (int i = 0; i < 1000; ++i) leases.push_back(*pool.try_acquire());
  CHECK(pool.stats().leased == 1000);
}

TEST_CASE("idle connections of other keys make room, the longest idle first", "[backend]") {
  Fixture with;
  PoolSettings settings;
  settings.max = 2;
  Pool pool(settings, with.clock);
  const auto theirs = with.leave_idle(pool, 2, "one.example");
  const Lease lease = *pool.try_acquire("two.example");
  CHECK(lease.connection() == nullptr);
  CHECK(is_closed(theirs[0]));
  CHECK(is_open(theirs[1]));
  CHECK(pool.stats().idle == 1);
  CHECK(pool.stats().trimmed == 1);
}

TEST_CASE("who waits longer than acquire gets nothing", "[backend]") {
  Fixture with;
  PoolSettings settings;
  settings.max = 1;
  settings.acquire = 500ms;
  Pool pool(settings, with.clock);
  const Lease busy = *pool.try_acquire();
  auto waiter = std::async(std::launch::async, [&] { return pool.acquire_blocking().error(); });
  with.clock.await_sleepers_blocking(1);
  CHECK(pool.stats().waiting == 1);
  with.clock.advance(499ms);
  with.clock.await_sleepers_blocking(1);
  CHECK(waiter.wait_for(0s) == std::future_status::timeout);
  with.clock.advance(1ms);
  CHECK(waiter.get() == Error{Fault::PoolExhausted});
  CHECK(pool.stats().waiting == 0);
  CHECK(pool.stats().exhausted == 1);
}

TEST_CASE("who waits gets the slot that is freed, and the connection in it", "[backend]") {
  Fixture with;
  PoolSettings settings;
  settings.max = 1;
  Pool pool(settings, with.clock);
  Lease busy = *pool.try_acquire();
  const FileDescriptor theirs = with.fill(busy);
  auto waiter = std::async(std::launch::async, [&] { return pool.acquire_blocking(); });
  with.clock.await_sleepers_blocking(1);
  with.clock.advance(24h);
  busy.keep();
  busy.release();
  const auto lease = waiter.get();
  REQUIRE(lease.ok());
  CHECK(lease->connection() != nullptr);
}

TEST_CASE("stopping ends the waiting", "[backend]") {
  Fixture with;
  PoolSettings settings;
  settings.max = 1;
  Pool pool(settings, with.clock);
  Lease busy = *pool.try_acquire();
  const FileDescriptor theirs = with.fill(busy);
  auto first = std::async(std::launch::async, [&] { return pool.acquire_blocking().error(); });
  auto second = std::async(std::launch::async, [&] { return pool.acquire_blocking().error(); });
  with.clock.await_sleepers_blocking(2);
  pool.stop();
  CHECK(first.get() == Error{Fault::PoolStopped});
  CHECK(second.get() == Error{Fault::PoolStopped});
  CHECK(pool.try_acquire().error() == Error{Fault::PoolStopped});
  CHECK(pool.acquire_blocking().error() == Error{Fault::PoolStopped});
  busy.keep();
  busy.release();
  CHECK(is_closed(theirs));
}

TEST_CASE("stopping and close_idle close what lies idle", "[backend]") {
  Fixture with;
  Pool pool({}, with.clock);
  const auto first = with.leave_idle(pool, 1);
  pool.close_idle();
  CHECK(is_closed(first[0]));
  const auto second = with.leave_idle(pool, 1);
  pool.stop();
  CHECK(is_closed(second[0]));
  CHECK(pool.stats().idle == 0);
}

PoolSettings trimmed_to(unsigned min, unsigned smax, engine::Duration ttl) {
  PoolSettings settings;
  settings.min = min;
  settings.smax = smax;
  settings.ttl = ttl;
  return settings;
}

TEST_CASE("above smax, what is idle for the ttl is closed, the longest idle first", "[backend]") {
  Fixture with;
  Pool pool(trimmed_to(0, 1, 60s), with.clock);
  const auto theirs = with.leave_idle(pool, 3);
  with.clock.advance(60s - 1us);
  pool.trim();
  CHECK(pool.stats().idle == 3);
  with.clock.advance(1us);
  pool.trim();
  CHECK(pool.stats().idle == 1);
  CHECK(pool.stats().trimmed == 2);
  CHECK(is_closed(theirs[0]));
  CHECK(is_closed(theirs[1]));
  CHECK(is_open(theirs[2]));
}

TEST_CASE("trimming spares the young", "[backend]") {
  Fixture with;
  Pool pool(trimmed_to(0, 0, 60s), with.clock);
  const auto old = with.leave_idle(pool, 1, "one.example");
  with.clock.advance(60s);
  const auto young = with.leave_idle(pool, 1, "two.example");
  CHECK(pool.stats().idle == 1);
  CHECK(is_closed(old[0]));
  CHECK(is_open(young[0]));
}

TEST_CASE("trimming stops at min", "[backend]") {
  Fixture with;
  Pool pool(trimmed_to(2, 0, 60s), with.clock);
  const auto theirs = with.leave_idle(pool, 4);
  with.clock.advance(1h);
  pool.trim();
  CHECK(pool.stats().idle == 2);
}

TEST_CASE("a ttl of zero never trims", "[backend]") {
  Fixture with;
  Pool pool(trimmed_to(0, 0, 0s), with.clock);
  const auto theirs = with.leave_idle(pool, 2);
  with.clock.advance(24h);
  pool.trim();
  CHECK(pool.stats().idle == 2);
  CHECK(pool.try_acquire()->connection() != nullptr);
}

TEST_CASE("a connection idle for the ttl is not used again, smax or not", "[backend]") {
  Fixture with;
  Pool pool(trimmed_to(5, 5, 60s), with.clock);
  const auto theirs = with.leave_idle(pool, 2);
  with.clock.advance(60s);
  const Lease lease = *pool.try_acquire();
  CHECK(lease.connection() == nullptr);
  CHECK(is_closed(theirs[0]));
  CHECK(is_closed(theirs[1]));
  CHECK(pool.stats().trimmed == 2);
}

TEST_CASE("many threads never hold more than the limit, and share its connections", "[backend]") {
  constexpr int limit = 3;
  const Listener listener = Listener::v4();
  PoolSettings settings;
  settings.max = limit;
  Pool pool(settings, engine::steady_clock());
  std::atomic<int> held{0};
  std::atomic<int> opened{0};
  std::atomic<int> faults{0};
  const auto work = [&] {
    for (int round = 0; round < 200; ++round) {
      auto lease = pool.acquire_blocking();
      if (!lease || ++held > limit) ++faults;
      if (lease->connection() == nullptr) {
        ++opened;
        lease->adopt(test::connect_to(listener.endpoint()));
      }
      if (!test::write_text(*lease->connection(), "x").ok()) ++faults;
      lease->keep();
      --held;
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) threads.emplace_back(work);
  for (auto& thread : threads) thread.join();
  CHECK(faults == 0);
  CHECK(opened <= limit);
  CHECK(pool.stats().leased == 0);
  CHECK(pool.stats().idle == static_cast<unsigned>(opened.load()));
}

TEST_CASE("threads, trimming and stopping get along", "[backend]") {
  engine::FakeClock clock;
  PoolSettings settings = trimmed_to(0, 1, 1s);
  settings.max = 2;
  settings.acquire = 1s;
  Pool pool(settings, clock);
  const auto work = [&](std::string_view key) {
    for (int round = 0; round < 500; ++round) {
      auto lease = pool.acquire_blocking(key);
      if (!lease) continue;
      // The other end is gone at once, so that some checkouts meet a dead connection.
      if (lease->connection() == nullptr) lease->adopt(test::pair().ours);
      lease->keep();
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int i = 0; i < 6; ++i) threads.emplace_back(work, i % 2 == 0 ? "even" : "odd");
  for (int round = 0; round < 200; ++round) {
    clock.advance(200ms);
    pool.trim();
    if (round % 50 == 0) pool.close_idle();
  }
  pool.stop();
  for (auto& thread : threads) thread.join();
  CHECK(pool.stats().leased == 0);
  CHECK(pool.stats().idle == 0);
}

}  // namespace
}  // namespace cxxproxy::backend
