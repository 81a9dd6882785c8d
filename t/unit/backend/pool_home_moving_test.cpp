// Idle connections that a reactor watches: taken from elsewhere while their home is about to hear of them.
#include <cstddef>
#include <functional>
#include <future>
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

// Lets the round of a reactor stand still within an event, with those of idle connections next.
class Standstill final : public engine::Watcher {
 public:
  // So many idle connections get a home there; what may be said of a new descriptor is on its way when this is made.
  Standstill(PoolWithHome& with, ReactorThread& where, int count) : where_(where), link_(pair()) {
    std::vector<Lease> slots;
    for (int i = 0; i < count; ++i) slots.push_back(with.slot());
    where.run([&] {
      link_.ours->attach(where.reactor(), this);
      for (Lease& slot : slots) {
        theirs.push_back(with.fill(slot, where.reactor()));
        slot.keep();
        slot.release();
      }
    });
    begun_.get_future().wait();
  }
  ~Standstill() {
    go_on();
    where_.run([this] { link_.ours.reset(); });
  }
  Standstill(const Standstill&) = delete;
  Standstill& operator=(const Standstill&) = delete;

  // BLOCKS until `work` was done within the event.
  void meanwhile(std::function<void()> work) {
    std::packaged_task<void()> task(std::move(work));
    std::future<void> done = task.get_future();
    next_.set_value(std::move(task));
    done.wait();
    over_ = true;
  }

  void go_on() {
    if (!over_) meanwhile([] {});
  }

  std::vector<FileDescriptor> theirs;

 private:
  void on_ready() noexcept override {
    if (told_) return;
    told_ = true;
    begun_.set_value();
    next_.get_future().get()();
  }

  ReactorThread& where_;
  Link link_;
  std::promise<void> begun_;
  std::promise<std::packaged_task<void()>> next_;
  bool told_ = false;  // of the reactor's thread
  bool over_ = false;
};

TEST_CASE("an event on its way to the former home of a connection does no harm", "[backend]") {
  PoolWithHome with;
  Standstill round(with, with.home, 2);
  Lease lease;
  Lease next;
  SECTION("while it is used") {
    lease = with.slot();
    CHECK(is_of(lease, round.theirs[1]));
  }
  SECTION("while it is used and has more to say") {
    lease = with.slot();
    say(round.theirs[1], "answer");
  }
  SECTION("when it has died of that") {
    round.theirs[1].reset();
    lease = with.slot();
    CHECK(is_of(lease, round.theirs[0]));
  }
  SECTION("when it lies idle again") {
    lease = with.slot();
    CHECK(is_of(lease, round.theirs[1]));
    lease.keep();
    lease.release();
  }
  SECTION("when both are gone") {
    lease = with.slot();
    next = with.slot();
    CHECK(is_of(lease, round.theirs[1]));
    CHECK(is_of(next, round.theirs[0]));
  }
  const PoolStats before = with.pool.stats();
  round.go_on();
  with.home.look_around();
  const PoolStats after = with.pool.stats();
  CHECK(after.stale == before.stale);
  CHECK(after.idle == before.idle);
  CHECK(after.leased == before.leased);
  const std::size_t still_at_home = next || round.theirs[1].get() < 0 ? 0 : 1;
  CHECK(with.home.reactor().watched() == 1 + still_at_home);
}

TEST_CASE("an event on its way to the former home of a connection does no harm when another is its home by then",
          "[backend]") {
  PoolWithHome with;
  ReactorThread other;
  Standstill round(with, with.home, 1);
  other.run([&] {
    Lease lease = *with.pool.try_acquire({}, Check::Watched);
    REQUIRE(lease.connection() != nullptr);
    lease.connection()->attach(other.reactor(), nullptr);
    CHECK(is_of(lease, round.theirs[0]));
    lease.keep();
  });
  round.go_on();
  with.home.look_around();
  other.look_around();
  CHECK(with.pool.stats().idle == 1);
  CHECK(with.pool.stats().stale == 0);
  CHECK(with.home.reactor().watched() == 1);
  CHECK(other.reactor().watched() == 1);
  CHECK(with.has_one_for(other, Check::Watched));
}

TEST_CASE("a connection comes home again before its home has heard that it had left", "[backend]") {
  PoolWithHome with;
  Standstill round(with, with.home, 1);
  {
    Lease lease = with.slot();
    CHECK(is_of(lease, round.theirs[0]));
    lease.keep();
  }
  round.meanwhile([&] {
    Lease lease = with.slot();
    REQUIRE(lease.connection() != nullptr);
    CHECK(lease.connection()->home() == nullptr);
    lease.connection()->attach(with.home.reactor(), nullptr);
    CHECK(lease.connection()->home() == &with.home.reactor());
    lease.keep();
  });
  with.home.look_around();
  CHECK(with.home.reactor().watched() == 2);
  CHECK(with.pool.stats().idle == 1);
  CHECK(with.has_one_for(with.home, Check::Watched));
  round.theirs[0].reset();
  CHECK(with.home.comes_true([&] { return with.pool.stats().idle == 0; }));
  CHECK(with.home.reactor().watched() == 1);
}

TEST_CASE("the places of connections that were taken are used again by their home", "[backend]") {
  PoolWithHome with;
  const Lease lasting = with.slot();
  for (int round = 0; round < 200; ++round) {
    const FileDescriptor theirs = with.leave_idle_at(with.home);
    const Lease lease = with.slot();
    REQUIRE(lease.connection() != nullptr);
    CHECK(lease.connection()->home() == nullptr);
  }
  with.home.look_around();
  CHECK(with.home.reactor().watched() == 0);
  CHECK(with.pool.stats().idle == 0);
}

}  // namespace
}  // namespace cxxproxy::backend
