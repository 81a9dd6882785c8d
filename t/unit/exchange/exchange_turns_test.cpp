// What an exchange does with its turns: how long one is, what a wake-up for nothing does, when time is over.
#include <cerrno>

#include "catch.hpp"
#include "exchange/exchange.hpp"
#include "exchange/support.hpp"
#include "exchange/unreachable.hpp"
#include "exchange/waiting.hpp"

namespace cxxproxy::exchange {
namespace {

using namespace std::chrono_literals;
using namespace test;

engine::Woken late() {
  engine::Woken woken;
  woken.timed_out = true;
  return woken;
}

engine::Woken backend_readable() {
  engine::Woken woken;
  woken.backend.readable = true;
  return woken;
}

// --- turns ---

TEST_CASE("a fast backend leaves others their turn, and needs no new sign to go on", "[exchange]") {
  Waiting with;
  with.driver.buffer_size = 64;
  const std::string body = pattern(5000);
  with.arrive("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + body);
  with.driver.advance(backend_readable());
  int turns = 1;
  for (; with.driver.step.kind == Step::Kind::Yield; ++turns) {
    CHECK(with.client.received.size() <= static_cast<std::size_t>(turns) * 16 * 64);
    with.driver.advance();
  }
  CHECK(turns > 4);
  CHECK(with.driver.outcome().kind == Kind::Answered);
  CHECK(with.client.received == body);
}

TEST_CASE("what the client takes from the connection itself counts as much of a turn", "[exchange]") {
  Waiting with;
  with.driver.buffer_size = 64;
  with.client.relays = true;
  with.client.most_relayed = 1000;
  with.arrive("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + pattern(20000));
  with.driver.advance(backend_readable());
  for (std::size_t turns = 1; with.driver.step.kind == Step::Kind::Yield; ++turns) {
    CHECK(with.client.received.size() <= turns * (16 * 64 + with.client.most_relayed));
    with.driver.advance();
  }
  CHECK(with.client.received == pattern(20000));
}

TEST_CASE("a fast client leaves others their turn", "[exchange]") {
  World world;
  for (int i = 0; i < 100; ++i) world.client.body_script.push_back(bytes("x"));
  world.dispatcher.post();
  BodyRules rules = with_body(BodyRules::Large::Length, 100);
  rules.read_ahead = false;
  Driver driver(world.clock, world.client, world.dispatcher, rules);
  driver.advance();
  driver.exchange().looked_up(driver.exchange().target().addresses->lookup_blocking());
  driver.advance();
  if (driver.step.kind == Step::Kind::Wait) {
    REQUIRE(backend::test::await(driver.step.wait.backend));
    driver.advance();
  }
  CHECK(driver.step.kind == Step::Kind::Yield);
  CHECK(world.client.bodies_read < 100);
  const Peer peer(world.backend.listener.accept());
  CHECK(driver.hear_until(peer, std::string(100, 'x')).ends_with("\r\n\r\n" + std::string(100, 'x')));
}

TEST_CASE("a 100 that comes last in a turn still lets the body go", "[exchange]") {
  World world;
  world.client.body_script = {bytes("hello")};
  world.dispatcher.post();
  world.dispatcher.targets.front().wait_for_continue = true;
  Driver driver(world.clock, world.client, world.dispatcher, with_body());
  const Peer peer = driver.meet(world.backend);
  static_cast<void>(driver.hear_until(peer, "\r\n\r\n"));
  driver.buffer_size = 2;
  // Fifteen reads that fill the buffer, and one that does not.
  peer.say("HTTP/1.1 100 Go\r\nX: 3456789\r\n\r\n");
  REQUIRE(backend::test::await({driver.step.wait.backend.fd, true, false}));
  driver.advance(backend_readable());
  while (driver.step.kind == Step::Kind::Yield) driver.advance();
  CHECK(peer.hear_at_once() == "hello");
}

// --- called for nothing ---

TEST_CASE("being called for nothing changes nothing", "[exchange]") {
  Waiting with;
  const Step before = with.driver.step;
  for (int times = 0; times < 3; ++times) {
    with.clock.advance(1s);
    with.driver.advance();
    CHECK(with.driver.step.kind == Step::Kind::Wait);
    CHECK(with.driver.step.wait == before.wait);
  }
  with.peer.say(small_answer);
  CHECK(with.driver.run().kind == Kind::Answered);
}

TEST_CASE("a client that is full is left alone until it can take more", "[exchange]") {
  Waiting with;
  with.client.flows = {Flow::Full};
  with.client.away = true;
  with.driver.tell(with.peer, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfoo");
  const Step before = with.driver.step;
  const Events events = with.client.events;
  with.clock.advance(1s);
  with.driver.advance();
  CHECK(with.driver.step.wait == before.wait);
  CHECK(with.client.events == events);
}

TEST_CASE("a dispatcher that has nobody just now is not asked before its time", "[exchange]") {
  World world;
  world.dispatcher.targets.clear();
  world.dispatcher.again_after = 100ms;
  Driver driver(world.clock, world.client, world.dispatcher);
  driver.settle();
  const engine::TimePoint deadline = driver.step.wait.deadline;
  world.clock.advance(99ms);
  driver.advance();
  CHECK(world.dispatcher.choices == 1);
  CHECK(driver.step.wait.deadline == deadline);
  world.clock.advance(1ms);
  driver.advance(late());
  CHECK(world.dispatcher.choices == 2);
}

TEST_CASE("a deadline that is over ends nothing until the driver says so", "[exchange]") {
  Waiting with;
  const engine::TimePoint deadline = with.driver.step.wait.deadline;
  with.clock.advance(2 * Driver::backend_timeout);
  with.driver.advance();
  CHECK(with.driver.step.kind == Step::Kind::Wait);
  CHECK(with.driver.step.wait.deadline == deadline);
  with.driver.advance(late());
  check_failed(with, with.driver, Reason::Timeout, 502, true);
}

TEST_CASE("a driver that is early ends nothing either", "[exchange]") {
  Waiting with;
  with.clock.advance(Driver::backend_timeout - 1us);
  with.driver.advance(late());
  CHECK(with.driver.step.kind == Step::Kind::Wait);
  CHECK(with.driver.patience() == 1us);
  with.clock.advance(1us);
  with.driver.advance(late());
  CHECK(with.driver.done());
}

TEST_CASE("a wait that fails is over at once", "[exchange]") {
  Waiting with;
  engine::Woken woken;
  woken.error = ENOMEM;
  with.driver.advance(woken);
  check_failed(with, with.driver, Reason::Timeout, 502, true);
}

TEST_CASE("a deadline ends what it was for and nothing that begins in the same turn", "[exchange]") {
  World world;
  const test::FullListener full;
  world.backend.endpoints = {full.endpoint()};
  const Target target = world.dispatcher.targets.front();
  static_cast<void>(target.addresses->lookup_blocking());
  world.dispatcher.targets.clear();
  world.dispatcher.again_after = 100ms;
  Driver driver(world.clock, world.client, world.dispatcher);
  driver.settle();
  world.dispatcher.targets = {target};
  driver.time_out();
  CHECK(driver.step.kind == Step::Kind::Wait);
  CHECK(driver.patience() == Driver::connect_timeout);
  driver.time_out();
  check_failed(world, driver, Reason::ConnectFailed, 503, true);
}

// --- for whoever drives it ---

TEST_CASE("there is something to be watched while there is a connection", "[exchange]") {
  struct Nobody final : engine::Watcher {
    void on_ready() noexcept override {}
  } nobody;
  World world;
  engine::Reactor reactor;
  Driver driver(world.clock, world.client, world.dispatcher);
  driver.exchange().watch(reactor, nobody);
  CHECK(reactor.watched() == 0);
  CHECK_FALSE(driver.exchange().take({.fd = -1, .readable = true, .writable = true}).any());
  const Peer peer = driver.meet(world.backend);
  driver.exchange().watch(reactor, nobody);
  CHECK(reactor.watched() == 1);
}

TEST_CASE("it shows when something of the answer has gone to the client", "[exchange]") {
  Waiting with;
  CHECK_FALSE(with.driver.exchange().head_passed());
  with.driver.tell(with.peer, "HTTP/1.1 103 Early Hints\r\n\r\n");
  CHECK_FALSE(with.driver.exchange().head_passed());
  with.driver.tell(with.peer, small_answer);
  CHECK(with.driver.done());
  CHECK(with.driver.exchange().head_passed());
}

TEST_CASE("a connection with something behind an answer that filled the buffer is not kept", "[exchange]") {
  Waiting with;
  with.driver.buffer_size = small_answer.size();
  const bool more = GENERATE(true, false);
  with.arrive(std::string(small_answer) + (more ? "x" : ""));
  with.driver.advance(backend_readable());
  CHECK(with.driver.outcome().kind == Kind::Answered);
  CHECK(with.backend.pool().stats().idle == (more ? 0 : 1));
}

}  // namespace
}  // namespace cxxproxy::exchange
