// Idle connections that a reactor watches.
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "backend/loopback.hpp"
#include "backend/pool.hpp"
#include "catch.hpp"
#include "engine/fake_clock.hpp"
#include "engine/reactor_thread.hpp"

namespace cxxproxy::backend {
namespace {

using namespace std::chrono_literals;
using engine::test::ReactorThread;

bool is_open(const FileDescriptor& theirs) {
  char byte;
  return ::recv(theirs.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
}

bool is_closed(const FileDescriptor& theirs) {
  return test::await({theirs.get(), true, false}) && test::hear(theirs, 1).empty();
}

PoolSettings at_most(unsigned max) {
  PoolSettings settings;
  settings.max = max;
  return settings;
}

// A pool and a reactor at which connections are at home.
struct Fixture {
  engine::FakeClock clock;
  Pool pool;
  ReactorThread home;

  explicit Fixture(const PoolSettings& settings = {}) : pool(settings, clock) {}

  // The lease has a new connection with that home; the backend's side of it. On its thread.
  static FileDescriptor fill(Lease& lease, engine::Reactor& reactor) {
    test::Link link = test::pair();
    link.ours->attach(reactor, nullptr);
    lease.adopt(std::move(link.ours));
    return std::move(link.theirs);
  }

  // A slot. Those for connections that are to lie idle together are taken before any does.
  Lease slot() { return *pool.try_acquire(); }

  // One lies idle with that home; the backend's side of it.
  FileDescriptor leave_idle_at(ReactorThread& where) { return leave_idle_at(where, slot()); }
  FileDescriptor leave_idle_at(ReactorThread& where, Lease lease) {
    return where.run([&] {
      FileDescriptor theirs = fill(lease, where.reactor());
      lease.keep();
      lease.release();
      return theirs;
    });
  }

  // One lies idle without.
  FileDescriptor leave_idle() { return leave_idle(slot()); }
  static FileDescriptor leave_idle(Lease lease) {
    test::Link link = test::pair();
    lease.adopt(std::move(link.ours));
    lease.keep();
    return std::move(link.theirs);
  }

  bool has_one_for(ReactorThread& where, Check check = Check::Always) {
    return where.run([&] {
      Lease lease = *pool.try_acquire({}, check);
      const bool had = lease.connection() != nullptr;
      lease.keep();
      return had;
    });
  }
};

// A byte goes each way.
bool carries_bytes(Connection& ours, const FileDescriptor& theirs) {
  if (!test::write_text(ours, "x").ok() || !test::await({theirs.get(), true, false})) return false;
  if (test::hear(theirs, 1) != "x") return false;
  test::say(theirs, "y");
  return test::await(ours.interest(true, false)) && test::read_one(ours).ok();
}

// Whether what the lease has is the proxy's side of this.
bool is_of(const Lease& lease, const FileDescriptor& theirs) {
  return lease.connection() && test::write_text(*lease.connection(), "x").ok() &&
         test::await({theirs.get(), true, false}) && test::hear(theirs, 1) == "x";
}

// --- whose they are ---

TEST_CASE("an idle connection without a home is for everybody", "[backend]") {
  Fixture with;
  const FileDescriptor theirs = with.leave_idle();
  CHECK(with.has_one_for(with.home));
  CHECK(with.pool.try_acquire()->connection() != nullptr);
}

TEST_CASE("an idle connection stays at home when its reactor takes it", "[backend]") {
  Fixture with;
  const FileDescriptor theirs = with.leave_idle_at(with.home);
  with.home.run([&] {
    const Lease lease = with.slot();
    REQUIRE(lease.connection() != nullptr);
    CHECK(lease.connection()->home() == &with.home.reactor());
  });
}

TEST_CASE("a thread takes a reactor's idle connection when there is no other, and gives it back without a home",
          "[backend]") {
  Fixture with;
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
  Fixture with;
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
  Fixture with;
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
  Fixture with;
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
  Fixture with;
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
  Fixture with(settings);
  const FileDescriptor theirs = with.leave_idle_at(with.home);
  with.clock.advance(60s);
  CHECK(with.slot().connection() == nullptr);
  CHECK(is_closed(theirs));
  CHECK(with.pool.stats().trimmed == 1);
  CHECK(with.pool.stats().reused == 0);
  CHECK(with.home.comes_true([&] { return with.home.reactor().watched() == 0; }));
}

// --- while they lie there ---

TEST_CASE("an idle connection that its backend closes leaves the pool at once", "[backend]") {
  Fixture with;
  FileDescriptor theirs = with.leave_idle_at(with.home);
  theirs.reset();
  CHECK(with.home.comes_true([&] { return with.pool.stats().idle == 0; }));
  CHECK(with.pool.stats().stale == 1);
  CHECK(with.home.reactor().watched() == 0);
}

TEST_CASE("an idle connection that talks is closed at once", "[backend]") {
  Fixture with;
  const FileDescriptor theirs = with.leave_idle_at(with.home);
  test::say(theirs, "HTTP/1.1 408 Request Timeout\r\n\r\n");
  CHECK(with.home.comes_true([&] { return with.pool.stats().idle == 0; }));
  CHECK(with.pool.stats().stale == 1);
}

TEST_CASE("an idle connection that could be written to stays", "[backend]") {
  Fixture with;
  const FileDescriptor theirs = with.leave_idle_at(with.home);
  with.home.look_around();
  CHECK(with.pool.stats().idle == 1);
  CHECK(with.has_one_for(with.home, Check::Watched));
}

TEST_CASE("only the idle ones that stir are closed", "[backend]") {
  Fixture with;
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
  Fixture with;
  test::Link link = test::pair();
  FileDescriptor theirs = std::move(link.theirs);
  Lease lease = *with.pool.try_acquire();
  Connection* const connection = link.ours.get();
  with.home.run([&] {
    connection->attach(with.home.reactor(), nullptr);
    lease.adopt(std::move(link.ours));
  });
  SECTION("bytes") { test::say(theirs, "x"); }
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
  Fixture with;
  test::Link link = test::pair();
  Lease lease = *with.pool.try_acquire();
  Connection* const connection = link.ours.get();
  with.home.run([&] {
    connection->attach(with.home.reactor(), nullptr);
    lease.adopt(std::move(link.ours));
  });
  test::say(link.theirs, "x");
  REQUIRE(with.home.comes_true([&] { return connection->stirred(); }));
  with.home.run([&] {
    CHECK(test::read_one(*connection).ok());
    lease.keep();
    lease.release();
  });
  CHECK(with.pool.stats().idle == 1);
  CHECK(with.has_one_for(with.home, Check::Watched));
  test::say(link.theirs, "x");
  CHECK(with.home.comes_true([&] { return with.pool.stats().idle == 0; }));
}

TEST_CASE("a connection that is leased again is no longer the pool's to watch", "[backend]") {
  Fixture with;
  const FileDescriptor theirs = with.leave_idle_at(with.home);
  with.home.look_around();
  Lease lease;
  with.home.run([&] { lease = *with.pool.try_acquire({}, Check::Watched); });
  test::say(theirs, "x");
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
  Fixture with;
  const FileDescriptor theirs = with.leave_idle_at(with.home);
  with.home.look_around();
  with.home.run([&] {
    test::say(theirs, "x");
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
  Fixture with;
  const FileDescriptor theirs = with.leave_idle();
  test::say(theirs, "x");
  CHECK(with.pool.try_acquire({}, Check::Watched)->connection() == nullptr);
  CHECK(with.pool.stats().stale == 1);
}

// Keeps a reactor busy, so that it sees nothing of what happens meanwhile.
class Busy {
 public:
  explicit Busy(ReactorThread& where) {
    std::promise<void> begun;
    where.reactor().post([&begun, over = over_.get_future().share()] {
      begun.set_value();
      over.wait();
    });
    begun.get_future().wait();
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() { over_.set_value(); }

 private:
  std::promise<void> over_;
};

TEST_CASE("what another reactor has not seen yet is seen by whoever takes its connection, whatever the check",
          "[backend]") {
  Fixture with;
  ReactorThread other;
  FileDescriptor theirs = with.leave_idle_at(with.home);
  with.home.look_around();
  const bool by_a_reactor = GENERATE(true, false);
  {
    const Busy busy(with.home);
    if (GENERATE(true, false)) {
      test::say(theirs, "x");
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
  Fixture with;
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

// --- taken while its home is about to hear of it ---

// Lets the round of a reactor stand still within an event, with those of idle connections next.
class Standstill final : public engine::Watcher {
 public:
  // So many idle connections get a home there; what may be said of a new descriptor is on its way when this is made.
  Standstill(Fixture& with, ReactorThread& where, int count) : where_(where), link_(test::pair()) {
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
  test::Link link_;
  std::promise<void> begun_;
  std::promise<std::packaged_task<void()>> next_;
  bool told_ = false;  // of the reactor's thread
  bool over_ = false;
};

TEST_CASE("an event on its way to the former home of a connection does no harm", "[backend]") {
  Fixture with;
  Standstill round(with, with.home, 2);
  Lease lease;
  Lease next;
  SECTION("while it is used") {
    lease = with.slot();
    CHECK(is_of(lease, round.theirs[1]));
  }
  SECTION("while it is used and has more to say") {
    lease = with.slot();
    test::say(round.theirs[1], "answer");
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
  Fixture with;
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
  Fixture with;
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
  Fixture with;
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

// --- closing what is at home elsewhere ---

TEST_CASE("making room leaves the closing to the home of what is closed", "[backend]") {
  Fixture with(at_most(1));
  const FileDescriptor theirs = with.leave_idle_at(with.home);
  const Lease lease = *with.pool.try_acquire("another key");
  CHECK(lease.connection() == nullptr);
  CHECK(is_closed(theirs));
  CHECK(with.pool.stats().idle == 0);
  CHECK(with.pool.stats().trimmed == 1);
}

TEST_CASE("the longest idle makes room wherever it is at home", "[backend]") {
  Fixture with(at_most(3));
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
  Fixture with(settings);
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
  Fixture with;
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
  Fixture with;
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
      test::Link link = test::pair();
      link.ours->attach(home.reactor(), nullptr);
      theirs = std::move(link.theirs);
      lease.adopt(std::move(link.ours));
      lease.keep();
    });
    home.stop();
  }
  CHECK(is_closed(theirs));
}

// Keeps descriptors open.
class Drawer {
 public:
  void add(FileDescriptor fd) {
    const std::lock_guard guard(mutex_);
    kept_.push_back(std::move(fd));
  }

 private:
  std::mutex mutex_;
  std::vector<FileDescriptor> kept_;
};

TEST_CASE("reactors, threads, trimming and backends that hang up get along", "[backend]") {
  engine::FakeClock clock;
  PoolSettings settings = at_most(4);
  settings.smax = 1;
  settings.ttl = 1s;
  Pool pool(settings, clock);
  std::atomic<int> faults{0};
  Drawer staying;
  const auto use = [&](engine::Reactor* home, int round) {
    auto lease = pool.try_acquire({}, round % 2 == 0 ? Check::Watched : Check::Always);
    if (!lease) return;
    if (lease->connection() == nullptr) {
      // The other end stays, is gone at once, or talks before it goes.
      test::Link link = test::pair();
      if (home) link.ours->attach(*home, nullptr);
      lease->adopt(std::move(link.ours));
      if (round % 3 == 1) test::say(link.theirs, "x");
      if (round % 3 == 2) staying.add(std::move(link.theirs));
    } else if (lease->connection()->home() != nullptr && lease->connection()->home() != home) {
      ++faults;
    }
    lease->keep();
  };
  {
    ReactorThread one, two;
    std::vector<std::thread> threads;
    for (ReactorThread* home : {&one, &two}) {
      threads.emplace_back([&use, home] {
        for (int round = 0; round < 300; ++round) home->run([&] { use(&home->reactor(), round); });
      });
    }
    threads.emplace_back([&] {
      for (int round = 0; round < 300; ++round) use(nullptr, round);
    });
    for (int round = 0; round < 100; ++round) {
      clock.advance(200ms);
      pool.trim();
      if (round % 20 == 0) pool.close_idle();
    }
    for (std::thread& thread : threads) thread.join();
    pool.stop();
  }
  CHECK(faults == 0);
  CHECK(pool.stats().leased == 0);
  CHECK(pool.stats().idle == 0);
}

// The backend's side of a connection, which may be shut by anybody at any time.
struct Peer {
  explicit Peer(FileDescriptor end) : theirs(std::move(end)) {}

  void hang_up() {
    gone = true;
    ::shutdown(theirs.get(), SHUT_RDWR);
  }

  const FileDescriptor theirs;
  std::atomic<bool> gone{false};
};

class PeeredConnection final : public Connection {
 public:
  PeeredConnection(StartedConnect started, std::shared_ptr<Peer> peer) noexcept
      : Connection(std::move(started), Endpoint()), peer_(std::move(peer)) {}

  Peer& peer() { return *peer_; }
  const engine::Reactor* last_home = nullptr;

 private:
  const std::shared_ptr<Peer> peer_;
};

// All backends' sides there are.
class Peers {
 public:
  std::unique_ptr<PeeredConnection> connect() {
    int ends[2] = {-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    StartedConnect started;
    started.fd = FileDescriptor(ends[0]);
    auto peer = std::make_shared<Peer>(FileDescriptor(ends[1]));
    auto connection = std::make_unique<PeeredConnection>(std::move(started), peer);
    static_cast<void>(connection->establish());
    const std::lock_guard guard(mutex_);
    std::erase_if(peers_, [](const std::weak_ptr<Peer>& one) { return one.expired(); });
    peers_.push_back(peer);
    return connection;
  }

  std::shared_ptr<Peer> any(std::size_t dice) {
    const std::lock_guard guard(mutex_);
    return peers_.empty() ? nullptr : peers_[dice % peers_.size()].lock();
  }

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<Peer>> peers_;
};

struct Traffic {
  std::atomic<int> uses{0};
  std::atomic<int> moved{0};  // uses of a connection whose last home was another's
  std::atomic<int> faults{0};
  Peers peers;

  // One exchange on whatever thread this is.
  void use(Lease lease, Check check) {
    engine::Reactor* const here = engine::Reactor::current();
    if (lease.connection() == nullptr) lease.adopt(peers.connect());
    auto& connection = static_cast<PeeredConnection&>(*lease.connection());
    if (connection.home() != nullptr && connection.home() != here) ++faults;
    if (connection.last_home != nullptr && connection.last_home != here) ++moved;
    if (here) connection.attach(*here, nullptr);
    connection.last_home = here;
    if (exchange_bytes(connection, check)) lease.keep();
    lease.release();
    ++uses;
  }

 private:
  // It works, or its backend has hung up.
  bool exchange_bytes(PeeredConnection& connection, Check check) {
    Peer& peer = connection.peer();
    const bool good = test::write_text(connection, "x").ok() && test::hear(peer.theirs, 1) == "x" &&
                      ::send(peer.theirs.get(), "y", 1, MSG_NOSIGNAL) == 1 && test::read_one(connection).ok();
    if (!good && !peer.gone) ++faults;
    // Some leave what their home has seen as it is, some use it up.
    if (good && connection.home() && check == Check::Always) {
      static_cast<void>(connection.watch().take({-1, true, false}));
    }
    return good;
  }
};

TEST_CASE("reactors and threads share a few connections that backends close at random", "[backend]") {
  constexpr int rounds = 1500;
  PoolSettings settings = at_most(2);
  Pool pool(settings, engine::steady_clock());
  Traffic traffic;
  ReactorThread one, two;
  const auto on_reactor = [&](ReactorThread& where, int round) {
    where.run([&] {
      const Check check = round % 2 == 0 ? Check::Watched : Check::Always;
      if (auto lease = pool.try_acquire({}, check)) traffic.use(*std::move(lease), check);
    });
  };
  on_reactor(one, 0);
  on_reactor(two, 0);
  {
    std::atomic<int> running{4};
    std::vector<std::jthread> threads;
    for (ReactorThread* home : {&one, &two}) {
      threads.emplace_back([&, home] {
        for (int round = 0; round < rounds; ++round) on_reactor(*home, round);
        --running;
      });
    }
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < rounds; ++round) {
          if (auto lease = pool.acquire_blocking()) traffic.use(*std::move(lease), Check::Always);
        }
        --running;
      });
    }
    threads.emplace_back([&] {
      std::minstd_rand dice(7);
      for (int next = 20; running > 0; std::this_thread::yield()) {
        if (traffic.uses < next) continue;
        if (const std::shared_ptr<Peer> peer = traffic.peers.any(dice())) peer->hang_up();
        next = traffic.uses + static_cast<int>(dice() % 40);
      }
    });
  }
  CHECK(traffic.faults == 0);
  CHECK(traffic.moved > 0);
  CHECK(pool.stats().leased == 0);
  CHECK(pool.stats().idle <= 2);
  pool.stop();
  CHECK(pool.stats().idle == 0);
  for (ReactorThread* home : {&one, &two}) {
    CHECK(home->comes_true([&] { return home->reactor().watched() == 0; }));
    home->stop();
  }
}

}  // namespace
}  // namespace cxxproxy::backend
