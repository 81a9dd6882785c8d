#include "backend/slot_queue.hpp"

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "backend/pool.hpp"
#include "catch.hpp"
#include "engine/fake_clock.hpp"
#include "engine/reactor_thread.hpp"

namespace cxxproxy::backend {
namespace {

using namespace std::chrono_literals;

class Waiter final : public SlotWaiter {
 public:
  Waiter(std::string& told, char name) : told_(told), name_(name) {}
  void slot_free() noexcept override { told_ += name_; }

 private:
  std::string& told_;
  char name_;
};

// A pool with one slot, which is taken, and waiters who write down that they were told.
struct Fixture {
  engine::FakeClock clock;
  Pool pool;
  std::string told;
  Waiter a{told, 'a'}, b{told, 'b'}, c{told, 'c'};
  Lease busy;

  explicit Fixture(unsigned slots = 1) : pool(settings(slots), clock) { busy = *pool.try_acquire(); }
  ~Fixture() {
    for (Waiter* waiter : {&a, &b, &c}) pool.forget(*waiter);
  }

  static PoolSettings settings(unsigned slots) {
    PoolSettings settings;
    settings.max = slots;
    return settings;
  }

  // A slot is free for a moment.
  void free_a_slot() {
    busy.release();
    busy = *pool.try_acquire();
  }
};

TEST_CASE("nobody is enlisted while a slot is free, or for a pool that has stopped", "[backend]") {
  Fixture with;
  SECTION("free") { with.busy.release(); }
  SECTION("stopped") { with.pool.stop(); }
  CHECK_FALSE(with.pool.await_slot(with.a));
  CHECK(with.pool.stats().waiting == 0);
}

TEST_CASE("who is enlisted is told once of a slot that is free", "[backend]") {
  Fixture with;
  CHECK(with.pool.await_slot(with.a));
  CHECK(with.pool.stats().waiting == 1);
  CHECK(with.told.empty());
  with.free_a_slot();
  CHECK(with.told == "a");
  CHECK(with.pool.stats().waiting == 0);
  with.free_a_slot();
  CHECK(with.told == "a");
}

TEST_CASE("being enlisted twice is being enlisted once", "[backend]") {
  Fixture with;
  CHECK(with.pool.await_slot(with.a));
  CHECK(with.pool.await_slot(with.b));
  CHECK(with.pool.await_slot(with.a));
  CHECK(with.pool.stats().waiting == 2);
  with.free_a_slot();
  with.free_a_slot();
  with.free_a_slot();
  CHECK(with.told == "ab");
}

TEST_CASE("who came first is told first", "[backend]") {
  Fixture with;
  for (Waiter* waiter : {&with.b, &with.a, &with.c}) CHECK(with.pool.await_slot(*waiter));
  for (int i = 0; i < 3; ++i) with.free_a_slot();
  CHECK(with.told == "bac");
}

TEST_CASE("who was told and came too late is told before the others", "[backend]") {
  Fixture with;
  CHECK(with.pool.await_slot(with.a));
  CHECK(with.pool.await_slot(with.b));
  with.free_a_slot();
  CHECK(with.pool.await_slot(with.a));
  CHECK(with.pool.await_slot(with.c));
  for (int i = 0; i < 3; ++i) with.free_a_slot();
  CHECK(with.told == "aabc");
}

TEST_CASE("who had a slot meanwhile is behind the others again", "[backend]") {
  Fixture with;
  CHECK(with.pool.await_slot(with.a));
  CHECK(with.pool.await_slot(with.b));
  with.free_a_slot();
  with.pool.forget(with.a);
  CHECK(with.pool.await_slot(with.a));
  with.free_a_slot();
  CHECK(with.told == "ab");
}

TEST_CASE("who is forgotten is not told", "[backend]") {
  Fixture with;
  const int which = GENERATE(0, 1, 2);
  for (Waiter* waiter : {&with.a, &with.b, &with.c}) CHECK(with.pool.await_slot(*waiter));
  with.pool.forget(which == 0 ? with.a : which == 1 ? with.b : with.c);
  CHECK(with.pool.stats().waiting == 2);
  for (int i = 0; i < 3; ++i) with.free_a_slot();
  CHECK(with.told == (which == 0 ? "bc" : which == 1 ? "ac" : "ab"));
}

TEST_CASE("forgetting who never waited is nothing", "[backend]") {
  Fixture with;
  with.pool.forget(with.a);
  CHECK(with.pool.await_slot(with.b));
  with.pool.forget(with.a);
  CHECK(with.pool.stats().waiting == 1);
}

TEST_CASE("who is forgotten after being told leaves the slot to the next", "[backend]") {
  Fixture with;
  CHECK(with.pool.await_slot(with.a));
  CHECK(with.pool.await_slot(with.b));
  with.busy.release();
  REQUIRE(with.told == "a");
  SECTION("while it is free") {
    with.pool.forget(with.a);
    CHECK(with.told == "ab");
  }
  SECTION("not when it is taken") {
    with.busy = *with.pool.try_acquire();
    with.pool.forget(with.a);
    CHECK(with.told == "a");
  }
}

TEST_CASE("stopping tells all who are enlisted", "[backend]") {
  Fixture with;
  for (Waiter* waiter : {&with.a, &with.b}) CHECK(with.pool.await_slot(*waiter));
  with.pool.stop();
  CHECK(with.told == "ab");
  CHECK(with.pool.stats().waiting == 0);
  CHECK(with.pool.try_acquire().error() == Error{Fault::PoolStopped});
}

TEST_CASE("threads and those enlisted take turns", "[backend]") {
  Fixture with(2);
  Lease other = *with.pool.try_acquire();
  auto thread = std::async(std::launch::async, [&] { return with.pool.acquire_blocking(); });
  with.clock.await_sleepers_blocking(1);
  CHECK(with.pool.await_slot(with.a));
  CHECK(with.pool.await_slot(with.b));
  CHECK(with.pool.stats().waiting == 3);
  with.busy.release();
  CHECK(with.told == "a");
  CHECK(thread.wait_for(0s) == std::future_status::timeout);
  other.release();
  CHECK(with.told == "a");
  Result<Lease> got = thread.get();
  REQUIRE(got.ok());
  got->release();
  CHECK(with.told == "ab");
}

TEST_CASE("a thread that was told is not counted on again", "[backend]") {
  Fixture with(3);
  Lease second = *with.pool.try_acquire();
  Lease third = *with.pool.try_acquire();
  auto thread = std::async(std::launch::async, [&] { return with.pool.acquire_blocking(); });
  with.clock.await_sleepers_blocking(1);
  CHECK(with.pool.await_slot(with.a));
  CHECK(with.pool.await_slot(with.b));
  // Whether the thread has woken by then or not.
  with.busy.release();
  second.release();
  third.release();
  CHECK(with.told == "ab");
  CHECK(thread.get().ok());
}

// Takes a slot on a reactor so many times, waiting for it when it must.
class Customer final : public SlotWaiter {
 public:
  Customer(Pool& pool, engine::Reactor& reactor, int times) : pool_(pool), reactor_(reactor), left_(times) {}

  void slot_free() noexcept override {
    reactor_.post([this] { go_on(); });
  }

  void go_on() {
    while (left_ > 0) {
      Result<Lease> lease = pool_.try_acquire();
      if (!lease) {
        if (pool_.await_slot(*this)) return;
        continue;
      }
      pool_.forget(*this);
      --left_;
    }
    satisfied_ = true;
  }

  bool is_satisfied() const { return satisfied_; }

 private:
  Pool& pool_;
  engine::Reactor& reactor_;
  int left_;
  bool satisfied_ = false;
};

TEST_CASE("with threads and reactors after the same slots nobody is left waiting", "[backend]") {
  PoolSettings settings;
  settings.max = 2;
  Pool pool(settings, engine::steady_clock());
  {
    engine::test::ReactorThread one, two;
    std::vector<std::unique_ptr<Customer>> customers;
    for (int i = 0; i < 8; ++i) {
      engine::test::ReactorThread& home = i % 2 == 0 ? one : two;
      customers.push_back(std::make_unique<Customer>(pool, home.reactor(), 300));
      home.reactor().post([&customer = *customers.back()] { customer.go_on(); });
    }
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int times = 0; times < 300; ++times) static_cast<void>(pool.acquire_blocking().ok());
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (std::size_t i = 0; i < customers.size(); ++i) {
      engine::test::ReactorThread& home = i % 2 == 0 ? one : two;
      CHECK(home.comes_true([&] { return customers[i]->is_satisfied(); }));
    }
  }
  CHECK(pool.stats().leased == 0);
  CHECK(pool.stats().waiting == 0);
}

}  // namespace
}  // namespace cxxproxy::backend
