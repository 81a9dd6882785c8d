// Pools with a limit: who gets a slot, who makes room and who waits.
#include <atomic>
#include <future>
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

TEST_CASE("keys without end do not leave connections without end", "[backend]") {
  engine::FakeClock clock;
  Pool pool({}, clock);
  const auto first = leave_idle(pool, 300, "one.example");
  CHECK(pool.stats().idle == 300);  // of one key: as many as were needed at once
  std::vector<FileDescriptor> others;
  for (int i = 0; i < 300; ++i) {
    clock.advance(1s);
    others.push_back(std::move(leave_idle(pool, 1, std::to_string(i) + ".example").front()));
    CHECK(pool.stats().idle == 256);
  }
  CHECK(is_closed(first.back()));
  CHECK(is_closed(others.front()));
  CHECK(is_open(others.back()));
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

}  // namespace
}  // namespace cxxproxy::backend
