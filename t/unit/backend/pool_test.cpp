#include "backend/pool.hpp"

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "backend/idle_connections.hpp"
#include "backend/loopback.hpp"
#include "catch.hpp"
#include "engine/fake_clock.hpp"

namespace cxxproxy::backend {
namespace {

using namespace std::chrono_literals;
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

TEST_CASE("the limit counts leases", "[backend]") {
  engine::FakeClock clock;
  Pool pool(at_most(2), clock);
  const Lease first = *pool.try_acquire();
  Lease second = *pool.try_acquire();
  CHECK(pool.try_acquire().error() == Error{Fault::PoolExhausted});
  second.release();
  CHECK(pool.try_acquire().ok());
  CHECK(pool.stats().exhausted == 1);
}

TEST_CASE("a limit of zero is none", "[backend]") {
  engine::FakeClock clock;
  Pool pool({}, clock);
  std::vector<Lease> leases;
  leases.reserve(1000);
  for (int i = 0; i < 1000; ++i) leases.push_back(*pool.try_acquire());
  CHECK(pool.stats().leased == 1000);
}

TEST_CASE("idle connections of other keys make room, the longest idle first", "[backend]") {
  engine::FakeClock clock;
  Pool pool(at_most(2), clock);
  const auto theirs = leave_idle(pool, 2, "one.example");
  const Lease lease = *pool.try_acquire("two.example");
  CHECK(lease.connection() == nullptr);
  CHECK(is_closed(theirs[0]));
  CHECK(is_open(theirs[1]));
  CHECK(pool.stats().idle == 1);
  CHECK(pool.stats().trimmed == 1);
}

TEST_CASE("who waits longer than acquire gets nothing", "[backend]") {
  engine::FakeClock clock;
  PoolSettings settings = at_most(1);
  settings.acquire = 500ms;
  Pool pool(settings, clock);
  const Lease busy = *pool.try_acquire();
  auto waiter = std::async(std::launch::async, [&] { return pool.acquire_blocking().error(); });
  clock.await_sleepers_blocking(1);
  CHECK(pool.stats().waiting == 1);
  clock.advance(499ms);
  clock.await_sleepers_blocking(1);
  CHECK(waiter.wait_for(0s) == std::future_status::timeout);
  clock.advance(1ms);
  CHECK(waiter.get() == Error{Fault::PoolExhausted});
  CHECK(pool.stats().waiting == 0);
  CHECK(pool.stats().exhausted == 1);
}

TEST_CASE("who waits gets the slot that is freed, and the connection in it", "[backend]") {
  engine::FakeClock clock;
  Pool pool(at_most(1), clock);
  Lease busy = *pool.try_acquire();
  const FileDescriptor theirs = fill(busy);
  auto waiter = std::async(std::launch::async, [&] { return pool.acquire_blocking(); });
  clock.await_sleepers_blocking(1);
  clock.advance(24h);
  busy.keep();
  busy.release();
  const auto lease = waiter.get();
  REQUIRE(lease.ok());
  CHECK(lease->connection() != nullptr);
}

TEST_CASE("stopping ends the waiting", "[backend]") {
  engine::FakeClock clock;
  Pool pool(at_most(1), clock);
  Lease busy = *pool.try_acquire();
  const FileDescriptor theirs = fill(busy);
  auto first = std::async(std::launch::async, [&] { return pool.acquire_blocking().error(); });
  auto second = std::async(std::launch::async, [&] { return pool.acquire_blocking().error(); });
  clock.await_sleepers_blocking(2);
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

PoolSettings trimmed_to(unsigned min, unsigned smax, engine::Duration ttl) {
  PoolSettings settings;
  settings.min = min;
  settings.smax = smax;
  settings.ttl = ttl;
  return settings;
}

TEST_CASE("above smax, what is idle for the ttl is closed, the longest idle first", "[backend]") {
  engine::FakeClock clock;
  Pool pool(trimmed_to(0, 1, 60s), clock);
  const auto theirs = leave_idle(pool, 3);
  clock.advance(60s - 1us);
  pool.trim();
  CHECK(pool.stats().idle == 3);
  clock.advance(1us);
  pool.trim();
  CHECK(pool.stats().idle == 1);
  CHECK(pool.stats().trimmed == 2);
  CHECK(is_closed(theirs[0]));
  CHECK(is_closed(theirs[1]));
  CHECK(is_open(theirs[2]));
}

TEST_CASE("trimming spares the young", "[backend]") {
  engine::FakeClock clock;
  Pool pool(trimmed_to(0, 0, 60s), clock);
  const auto old = leave_idle(pool, 1, "one.example");
  clock.advance(60s);
  const auto young = leave_idle(pool, 1, "two.example");
  CHECK(pool.stats().idle == 1);
  CHECK(is_closed(old[0]));
  CHECK(is_open(young[0]));
}

TEST_CASE("trimming stops at min", "[backend]") {
  engine::FakeClock clock;
  Pool pool(trimmed_to(2, 0, 60s), clock);
  const auto theirs = leave_idle(pool, 4);
  clock.advance(1h);
  pool.trim();
  CHECK(pool.stats().idle == 2);
}

TEST_CASE("a ttl of zero never trims", "[backend]") {
  engine::FakeClock clock;
  Pool pool(trimmed_to(0, 0, 0s), clock);
  const auto theirs = leave_idle(pool, 2);
  clock.advance(24h);
  pool.trim();
  CHECK(pool.stats().idle == 2);
  CHECK(pool.try_acquire()->connection() != nullptr);
}

TEST_CASE("a connection idle for the ttl is not used again, smax or not", "[backend]") {
  engine::FakeClock clock;
  Pool pool(trimmed_to(5, 5, 60s), clock);
  const auto theirs = leave_idle(pool, 2);
  clock.advance(60s);
  const Lease lease = *pool.try_acquire();
  CHECK(lease.connection() == nullptr);
  CHECK(is_closed(theirs[0]));
  CHECK(is_closed(theirs[1]));
  CHECK(pool.stats().trimmed == 2);
}

TEST_CASE("many threads never hold more than the limit, and share its connections", "[backend]") {
  constexpr int limit = 3;
  const Listener listener = Listener::v4();
  Pool pool(at_most(limit), engine::steady_clock());
  std::atomic<int> held{0};
  std::atomic<int> opened{0};
  std::atomic<int> faults{0};
  const auto work = [&] {
    for (int round = 0; round < 200; ++round) {
      auto lease = pool.acquire_blocking();
      if (!lease || ++held > limit) ++faults;
      if (lease->connection() == nullptr) {
        ++opened;
        lease->adopt(connect_to(listener.endpoint()));
      }
      if (!write_text(*lease->connection(), "x").ok()) ++faults;
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
      if (lease->connection() == nullptr) lease->adopt(pair().ours);
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
