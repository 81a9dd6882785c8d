// What an exchange does with its turns: how long one is, what a wake-up for nothing does, when time is over.
#include <cerrno>
#include <vector>

#include "catch.hpp"
#include "exchange/exchange.hpp"
#include "exchange/support.hpp"

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

engine::Woken client_readable() {
  engine::Woken woken;
  woken.client.readable = true;
  return woken;
}

engine::Woken client_writable() {
  engine::Woken woken;
  woken.client.writable = true;
  return woken;
}

// A driver that waits for an answer, and the backend that has the request.
struct Waiting : World {
  Driver driver{clock, client, dispatcher};
  Peer peer = driver.meet(backend);

  Waiting() { static_cast<void>(driver.hear_until(peer, "\r\n\r\n")); }

  // What the peer says is there to be read, and nobody has been told.
  void arrive(std::string_view text) const {
    peer.say(text);
    REQUIRE(backend::test::await({driver.step.wait.backend.fd, true, false}));
  }
};

// The same with a body that the client does not go on with.
struct WaitingForBody : World {
  std::optional<Driver> driver;
  Peer peer;

  WaitingForBody() {
    client.body_script = {bytes(pattern(20000)), test::wait(), bytes("the end")};
    dispatcher.post();
    driver.emplace(clock, client, dispatcher, with_body());
    client.away = true;
    peer = driver->meet(backend);
    static_cast<void>(driver->hear(peer, 20000));
  }
};

// A driver that reads a body ahead, with a client that pauses after the first part and again after the second.
struct ReadingAhead : World {
  std::optional<Driver> driver;

  ReadingAhead() {
    client.body_script = {bytes("hel"), test::wait(), bytes("lo"), test::wait()};
    dispatcher.post();
    driver.emplace(clock, client, dispatcher, with_body());
    client.away = true;
    driver->settle();
  }
};

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

// --- whose deadline moves ---

TEST_CASE("a client that is asked in vain has no more time for that", "[exchange]") {
  WaitingForBody with;
  const engine::TimePoint deadline = with.driver->step.wait.deadline;
  const int asked = with.client.bodies_read;
  for (int times = 1; times <= 3; ++times) {
    with.clock.advance(1s);
    with.driver->advance(client_readable());
    CHECK(with.client.bodies_read == asked + times);
    CHECK(with.driver->step.wait.deadline == deadline);
  }
  with.driver->time_out();
  check_failed(with, *with.driver, Reason::ClientTimeout, 408, false);
}

TEST_CASE("a client whose body goes on has all its time again", "[exchange]") {
  WaitingForBody with;
  with.client.body_script.push_front(bytes("some more"));
  with.clock.advance(1s);
  with.driver->advance(client_readable());
  CHECK(with.driver->patience() == Driver::client_timeout);
}

TEST_CASE("while a body is read ahead only its bytes give it more time", "[exchange]") {
  ReadingAhead with;
  with.clock.advance(1s);
  with.driver->advance(client_readable());
  CHECK(with.driver->patience() == Driver::client_timeout - 1s);
  with.client.body_script.pop_front();
  with.driver->advance(client_readable());
  CHECK(with.driver->patience() == Driver::client_timeout);
}

TEST_CASE("a body that comes with its deadline is not late", "[exchange]") {
  ReadingAhead with;
  with.client.body_script.pop_front();
  with.driver->time_out();
  CHECK(with.driver->step.kind == Step::Kind::Wait);
  CHECK(with.driver->patience() == Driver::client_timeout);
}

TEST_CASE("a client that is full and takes nothing is given up, however often it is tried", "[exchange]") {
  Waiting with;
  with.client.flows = {Flow::Full, Flow::Full, Flow::Full};
  with.client.away = true;
  with.driver.tell(with.peer, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfoo");
  with.clock.advance(1s);
  with.driver.advance(client_writable());
  CHECK(with.driver.patience() == Driver::client_timeout - 1s);
  with.driver.time_out();
  CHECK(with.driver.outcome().kind == Kind::ClientGone);
}

TEST_CASE("a client that is full but takes a little is not given up", "[exchange]") {
  Waiting with;
  with.client.flows = {Flow::Full, Flow::Full};
  with.client.away = true;
  with.driver.tell(with.peer, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfoo");
  with.client.bytes_taken = 1;
  SECTION("when it can be tried again") {
    with.clock.advance(1s);
    with.driver.advance(client_writable());
  }
  SECTION("when its time is over") { with.driver.time_out(); }
  REQUIRE(with.driver.step.kind == Step::Kind::Wait);
  CHECK(with.driver.patience() == Driver::client_timeout);
}

TEST_CASE("what a client takes is no sign of life of its backend", "[exchange]") {
  Waiting with;
  with.driver.tell(with.peer, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfoo");
  with.client.bytes_taken = 1;
  with.driver.time_out();
  CHECK(with.driver.outcome().kind == Kind::Cut);
}

TEST_CASE("an attempt that looks like the last one has time of its own", "[exchange]") {
  World world;
  test::Backend other(world.clock);
  world.dispatcher.targets.push_back(other.target());
  Driver driver(world.clock, world.client, world.dispatcher);
  Peer first = driver.meet(world.backend);
  static_cast<void>(driver.hear_until(first, "\r\n\r\n"));
  world.clock.advance(10s);
  first.close();
  const Peer second = driver.meet(other);
  static_cast<void>(driver.hear_until(second, "\r\n\r\n"));
  CHECK(driver.patience() == Driver::backend_timeout);
}

// --- an answer that nobody wants ---

struct Discarding : Waiting {
  Discarding() {
    client.head_use = HeadUse::Discard;
    driver.tell(peer, "HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\nfoo");
  }
};

void check_replaced_and_closed(Waiting& with) {
  CHECK(with.driver.outcome().kind == Kind::Replaced);
  CHECK(with.driver.outcome().status == 404);
  CHECK(with.backend.pool().stats().idle == 0);
  CHECK(with.peer.sees_close());
  CHECK(with.dispatcher.failures.empty());
  check_told_of_every_end(with);
}

TEST_CASE("an answer that dribbles is not discarded for ever", "[exchange]") {
  Discarding with;
  CHECK(with.driver.patience() == 5s);
  for (int seconds = 1; seconds < 5; ++seconds) {
    with.clock.advance(1s);
    with.driver.tell(with.peer, "x");
    CHECK(with.driver.patience() == 5s - std::chrono::seconds(seconds));
  }
  SECTION("when it pauses") { with.driver.time_out(); }
  SECTION("when it does not") {
    with.clock.advance(1s);
    with.driver.tell(with.peer, "x");
  }
  check_replaced_and_closed(with);
}

TEST_CASE("an answer is not discarded for longer than an answer may take", "[exchange]") {
  World world;
  world.dispatcher.targets.front().timeout = 2s;
  world.client.head_use = HeadUse::Discard;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  driver.tell(peer, "HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\nfoo");
  world.clock.advance(1s);
  driver.tell(peer, "x");
  CHECK(driver.patience() == 1s);
  driver.time_out();
  CHECK(driver.outcome().kind == Kind::Replaced);
}

// --- for whoever drives it ---

TEST_CASE("the connection is there to be watched while there is one", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  CHECK(driver.exchange().connection() == nullptr);
  const Peer peer = driver.meet(world.backend);
  REQUIRE(driver.exchange().connection() != nullptr);
  CHECK(driver.exchange().connection()->interest(true, false).fd == driver.step.wait.backend.fd);
  peer.say(small_answer);
  static_cast<void>(driver.run());
  CHECK(driver.exchange().connection() == nullptr);
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
