// What lies idle for too long and is closed.
#include <string_view>
#include <thread>
#include <vector>

#include "backend/idle_connections.hpp"
#include "backend/loopback.hpp"
#include "backend/pool.hpp"
#include "catch.hpp"
#include "engine/fake_clock.hpp"

namespace cxxproxy::backend {
namespace {

using namespace std::chrono_literals;
using namespace test;

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
