#include "exchange/connector.hpp"

#include <cerrno>
#include <vector>

#include "backend/loopback.hpp"
#include "catch.hpp"
#include "exchange/support.hpp"
#include "exchange/unreachable.hpp"

namespace cxxproxy::exchange {
namespace {

using namespace std::chrono_literals;
using test::Backend;
using test::Driver;
using test::FullListener;
using test::Peer;
using test::refusing;
using State = Connector::State;

struct Fixture {
  explicit Fixture(const backend::PoolSettings& pool = {}, std::chrono::seconds name_ttl = -1s)
      : backend(clock, pool, name_ttl) {}

  engine::FakeClock clock;
  Backend backend;
  Target target = backend.target();
  Connector connector;
  Step step;

  State advance() { return connector.advance(target, clock.now(), step); }

  // Until it is over, looking up and waiting as asked.
  State run() {
    for (;;) {
      const State state = advance();
      if (state != State::Pending) return state;
      if (step.kind == Step::Kind::Lookup) {
        connector.looked_up(target.addresses->lookup_blocking());
      } else if (step.kind == Step::Kind::Slot || !backend::test::await(step.wait.backend)) {
        return state;
      }
    }
  }
};

TEST_CASE("a first connection looks up, connects, and is of the pool", "[exchange]") {
  Fixture with;
  with.connector.begin(with.target, false);
  CHECK(with.advance() == State::Pending);
  CHECK(with.step.kind == Step::Kind::Lookup);
  CHECK(with.advance() == State::Pending);
  CHECK(with.step.kind == Step::Kind::Lookup);
  CHECK(with.run() == State::Connected);
  REQUIRE(with.connector.connection() != nullptr);
  CHECK(with.connector.connection()->endpoint() == with.backend.listener.endpoint());
  CHECK(with.backend.pool().stats().leased == 1);
  with.connector.release(true);
  CHECK(with.connector.connection() == nullptr);
  CHECK(with.backend.pool().stats().idle == 1);
  CHECK(with.backend.pool().stats().leased == 0);
}

TEST_CASE("a kept connection is taken, unless a fresh one is wanted", "[exchange]") {
  Fixture with;
  with.connector.begin(with.target, false);
  REQUIRE(with.run() == State::Connected);
  with.connector.release(true);
  with.connector.begin(with.target, false);
  CHECK(with.advance() == State::Connected);
  CHECK(with.connector.connection()->exchanges() == 1);
  with.connector.release(true);
  with.connector.begin(with.target, true);
  CHECK(with.run() == State::Connected);
  CHECK(with.connector.connection()->exchanges() == 0);
}

TEST_CASE("a target without a pool has a connection of its own", "[exchange]") {
  Fixture with;
  with.target.pool = nullptr;
  with.connector.begin(with.target, false);
  REQUIRE(with.run() == State::Connected);
  const Peer peer(with.backend.listener.accept());
  with.connector.release(true);
  CHECK(peer.sees_close());
  CHECK(with.backend.pool().stats().leased == 0);
}

TEST_CASE("a connection is handed over with its slot", "[exchange]") {
  backend::PoolSettings settings;
  settings.max = 1;
  Fixture with(settings);
  with.connector.begin(with.target, false);
  REQUIRE(with.run() == State::Connected);
  const backend::FileDescriptor theirs = with.backend.listener.accept();
  {
    const HandedOver handed = with.connector.hand_over();
    REQUIRE(handed.connection);
    CHECK(handed.lease);
    CHECK(handed.lease.connection() == nullptr);
    CHECK(with.connector.connection() == nullptr);
    with.connector.release(true);  // of nothing
    CHECK(with.backend.pool().stats().leased == 1);
    CHECK(backend::test::is_open(theirs));
  }
  CHECK(with.backend.pool().stats().leased == 0);
  CHECK(with.backend.pool().stats().idle == 0);
  CHECK(backend::test::is_closed(theirs));
}

TEST_CASE("who has handed its connection over gets another", "[exchange]") {
  Fixture with;
  with.connector.begin(with.target, false);
  REQUIRE(with.run() == State::Connected);
  const HandedOver handed = with.connector.hand_over();
  with.connector.begin(with.target, false);
  REQUIRE(with.run() == State::Connected);
  CHECK(with.connector.connection() != handed.connection.get());
  CHECK(with.backend.pool().stats().leased == 2);
}

TEST_CASE("a connection of the request's own is handed over without a lease", "[exchange]") {
  Fixture with;
  with.target.pool = nullptr;
  with.connector.begin(with.target, false);
  REQUIRE(with.run() == State::Connected);
  const HandedOver handed = with.connector.hand_over();
  CHECK(handed.connection);
  CHECK_FALSE(handed.lease);
  CHECK(with.connector.connection() == nullptr);
}

TEST_CASE("the next address is tried when one refuses", "[exchange]") {
  Fixture with;
  with.backend.endpoints = {refusing(), refusing(), with.backend.listener.endpoint()};
  with.connector.begin(with.target, false);
  CHECK(with.run() == State::Connected);
  CHECK(with.connector.connection()->endpoint() == with.backend.listener.endpoint());
}

TEST_CASE("when all addresses refuse the list is forgotten and the slot is free", "[exchange]") {
  Fixture with;
  with.backend.endpoints = {refusing(), refusing()};
  with.connector.begin(with.target, false);
  CHECK(with.run() == State::Failed);
  CHECK(with.connector.failure().reason == balance::Reason::ConnectFailed);
  CHECK(with.connector.failure().error == ECONNREFUSED);
  CHECK(with.connector.failure().detail == with.backend.endpoints.back().text());
  CHECK(with.target.addresses->cached() == nullptr);
  CHECK(with.backend.pool().stats().leased == 0);
  CHECK(with.connector.connection() == nullptr);
}

TEST_CASE("a backend that does not answer is given up at the deadline", "[exchange]") {
  Fixture with;
  const FullListener full;
  with.backend.endpoints = {full.endpoint()};
  static_cast<void>(with.target.addresses->lookup_blocking());
  with.connector.begin(with.target, false);
  CHECK(with.advance() == State::Pending);
  REQUIRE(with.step.kind == Step::Kind::Wait);
  CHECK(with.step.wait.backend.writable);
  CHECK(with.step.wait.deadline == with.clock.now() + Driver::connect_timeout);
  with.clock.advance(Driver::connect_timeout);
  with.connector.timed_out();
  CHECK(with.advance() == State::Failed);
  CHECK(with.connector.failure().reason == balance::Reason::ConnectFailed);
  CHECK(with.connector.failure().error == ETIMEDOUT);
  CHECK(with.connector.failure().detail == full.endpoint().text());
}

TEST_CASE("waking up for nothing neither ends a connect nor gives it more time", "[exchange]") {
  Fixture with;
  const FullListener full;
  with.backend.endpoints = {full.endpoint()};
  static_cast<void>(with.target.addresses->lookup_blocking());
  with.connector.begin(with.target, false);
  REQUIRE(with.advance() == State::Pending);
  const engine::TimePoint deadline = with.step.wait.deadline;
  with.clock.advance(Driver::connect_timeout + 1s);
  CHECK(with.advance() == State::Pending);
  CHECK(with.step.wait.deadline == deadline);
}

TEST_CASE("a connect that is through when its deadline comes is one", "[exchange]") {
  Fixture with;
  static_cast<void>(with.target.addresses->lookup_blocking());
  with.connector.begin(with.target, false);
  if (with.advance() == State::Pending) REQUIRE(backend::test::await(with.step.wait.backend));
  with.connector.timed_out();
  CHECK(with.advance() == State::Connected);
}

TEST_CASE("each address has the whole of the patience", "[exchange]") {
  Fixture with;
  const FullListener full;
  with.backend.endpoints = {full.endpoint(), with.backend.listener.endpoint()};
  static_cast<void>(with.target.addresses->lookup_blocking());
  with.connector.begin(with.target, false);
  REQUIRE(with.advance() == State::Pending);
  with.clock.advance(Driver::connect_timeout);
  with.connector.timed_out();
  CHECK(with.run() == State::Connected);
  CHECK(with.connector.connection()->endpoint() == with.backend.listener.endpoint());
}

TEST_CASE("a full pool is tried again at every call", "[exchange]") {
  Fixture with({.min = 0, .smax = 1, .max = 1, .ttl = 0s, .acquire = std::nullopt, .reuse = true});
  backend::Result<backend::Lease> taken = with.backend.pool().try_acquire();
  with.connector.begin(with.target, false);
  CHECK(with.advance() == State::Pending);
  CHECK(with.advance() == State::Pending);
  CHECK(with.step.kind == Step::Kind::Slot);
  taken->release();
  CHECK(with.run() == State::Connected);
}

TEST_CASE("a full pool is waited for, and its answer counts", "[exchange]") {
  Fixture with({.min = 0, .smax = 1, .max = 1, .ttl = 0s, .acquire = std::nullopt, .reuse = true});
  backend::Result<backend::Lease> taken = with.backend.pool().try_acquire();
  with.connector.begin(with.target, false);
  CHECK(with.advance() == State::Pending);
  CHECK(with.step.kind == Step::Kind::Slot);
  SECTION("a slot") {
    taken->release();
    with.connector.got_slot(with.backend.pool().acquire_blocking());
    CHECK(with.run() == State::Connected);
  }
  SECTION("no slot") {
    with.connector.got_slot(backend::Error{backend::Fault::PoolExhausted});
    CHECK(with.advance() == State::Failed);
    CHECK(with.connector.failure().reason == balance::Reason::PoolExhausted);
  }
}

TEST_CASE("a pool that is stopped fails at once", "[exchange]") {
  Fixture with;
  with.backend.pool().stop();
  with.connector.begin(with.target, false);
  CHECK(with.advance() == State::Failed);
  CHECK(with.connector.failure().reason == balance::Reason::PoolExhausted);
}

TEST_CASE("a name without addresses fails and frees the slot", "[exchange]") {
  Fixture with;
  with.backend.lookup_error = backend::Error{backend::Fault::Lookup, -2};
  with.connector.begin(with.target, false);
  CHECK(with.run() == State::Failed);
  CHECK(with.connector.failure().reason == balance::Reason::DnsFailed);
  CHECK(with.backend.pool().stats().leased == 0);
}

TEST_CASE("a failure is not remembered for the next target", "[exchange]") {
  Fixture with;
  with.backend.lookup_error = backend::Error{backend::Fault::Lookup, -2};
  with.connector.begin(with.target, false);
  REQUIRE(with.run() == State::Failed);
  with.backend.lookup_error.reset();
  with.connector.begin(with.target, false);
  CHECK(with.run() == State::Connected);
}

TEST_CASE("a kept connection outlives the memory of its name when the name has not moved", "[exchange]") {
  Fixture with({}, 10s);
  with.connector.begin(with.target, false);
  REQUIRE(with.run() == State::Connected);
  const Peer peer(with.backend.listener.accept());
  with.connector.release(true);
  with.clock.advance(10s);
  const bool moved = GENERATE(false, true);
  backend::test::Listener elsewhere = backend::test::Listener::v4();
  if (moved) with.backend.endpoints = {elsewhere.endpoint()};
  with.connector.begin(with.target, false);
  REQUIRE(with.run() == State::Connected);
  CHECK(with.backend.lookups == 2);
  CHECK(with.connector.connection()->exchanges() == (moved ? 0 : 1));
  CHECK(with.connector.connection()->endpoint() == (moved ? elsewhere : with.backend.listener).endpoint());
  if (moved) CHECK(peer.sees_close());
}

TEST_CASE("a lookup of a name that is never remembered serves the connection that asked for it", "[exchange]") {
  Fixture with({}, 0s);
  with.connector.begin(with.target, false);
  CHECK(with.run() == State::Connected);
  CHECK(with.backend.lookups == 1);
}

TEST_CASE("what is held is let go for a new target", "[exchange]") {
  Fixture with;
  with.connector.begin(with.target, false);
  REQUIRE(with.run() == State::Connected);
  const Peer peer(with.backend.listener.accept());
  with.connector.begin(with.target, false);
  CHECK(peer.sees_close());
  CHECK(with.backend.pool().stats().leased == 0);
}

}  // namespace
}  // namespace cxxproxy::exchange
