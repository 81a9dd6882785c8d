// Answers that are read away because the client gets one of our own.
#include <string>

#include "catch.hpp"
#include "exchange/exchange.hpp"
#include "exchange/support.hpp"
#include "exchange/waiting.hpp"

namespace cxxproxy::exchange {
namespace {

using namespace std::chrono_literals;
using namespace test;

TEST_CASE("an answer to be discarded is read away and its connection kept", "[exchange]") {
  World world;
  world.client.head_use = HeadUse::Discard;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  driver.tell(peer, "HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\nfoo");
  CHECK_FALSE(driver.done());
  peer.say("bar");
  const Outcome& outcome = driver.run();
  CHECK(outcome.kind == Kind::Replaced);
  CHECK(outcome.status == 404);
  CHECK(world.client.events == Events{"head 404"});
  CHECK(world.backend.pool().stats().idle == 1);
}

TEST_CASE("an answer to be discarded may break off", "[exchange]") {
  World world;
  world.client.head_use = HeadUse::Discard;
  Driver driver(world.clock, world.client, world.dispatcher);
  Peer peer = driver.meet(world.backend);
  driver.tell(peer, "HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\nfoo");
  SECTION("by a close") { peer.close(); }
  SECTION("by silence") { driver.time_out(); }
  const Outcome& outcome = driver.run();
  CHECK(outcome.kind == Kind::Replaced);
  CHECK(outcome.status == 404);
  CHECK(world.client.events == Events{"head 404"});
  CHECK(world.dispatcher.failures.empty());
  check_told_of_every_end(world);
}

TEST_CASE("an answer to be discarded may not be endless", "[exchange]") {
  World world;
  world.client.head_use = HeadUse::Discard;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  peer.say("HTTP/1.1 404 Not Found\r\n\r\n");
  const std::string piece(8192, 'x');
  int pieces = 0;
  for (driver.settle(); !driver.done() && pieces < 1000; ++pieces) {
    driver.tell(peer, piece);
  }
  CHECK(driver.outcome().kind == Kind::Replaced);
  CHECK(pieces < 1000);
  CHECK(world.backend.pool().stats().idle == 0);
  CHECK(peer.sees_close());
}

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

}  // namespace
}  // namespace cxxproxy::exchange
