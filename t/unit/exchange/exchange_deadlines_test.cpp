// What gives those whom an exchange waits for more time, and what does not.
#include <optional>

#include "catch.hpp"
#include "exchange/exchange.hpp"
#include "exchange/support.hpp"
#include "exchange/waiting.hpp"

namespace cxxproxy::exchange {
namespace {

using namespace std::chrono_literals;
using namespace test;

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

// A driver that waits for a client which does not go on with its body, and the backend that has what came of it.
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
  CHECK(with.driver.outcome().failure.reason == Reason::ClientTimeout);
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

}  // namespace
}  // namespace cxxproxy::exchange
