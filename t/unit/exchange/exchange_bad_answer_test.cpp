// Backends that give no answer, or none that is whole and in time.
#include "catch.hpp"
#include "exchange/exchange.hpp"
#include "exchange/support.hpp"

namespace cxxproxy::exchange {
namespace {

using namespace std::chrono_literals;
using namespace test;

TEST_CASE("a backend that answers nonsense is a bad answer", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  SECTION("no HTTP") { peer.say("220 mail.test ESMTP\r\n"); }
  SECTION("two lengths") { peer.say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"); }
  SECTION("a switch nobody asked for") { peer.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"); }
  SECTION("a head that may not be passed on") {
    world.client.head_use = HeadUse::Refuse;
    peer.say(small_answer);
  }
  static_cast<void>(driver.run());
  check_failed(world, driver, Reason::BadAnswer, 502, true);
  CHECK(peer.sees_close());
  check_told_of_every_end(world);
}

TEST_CASE("a backend that hangs up before its answer closed early", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  Peer peer = driver.meet(world.backend);
  static_cast<void>(driver.hear_until(peer, "\r\n\r\n"));
  SECTION("in good order") { peer.close(); }
  SECTION("with a reset") { peer.reset(); }
  static_cast<void>(driver.run());
  check_failed(world, driver, Reason::ClosedEarly, 502, true);
  CHECK(world.dispatcher.traffic == Traffic{{get_on_the_wire.size(), 0}});
  CHECK_FALSE(world.backend.listener.has_visitor());
}

TEST_CASE("a backend that hangs up in its head gives a bad answer", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  Peer peer = driver.meet(world.backend);
  static_cast<void>(driver.hear_until(peer, "\r\n\r\n"));
  driver.tell(peer, "HTTP/1.1 200 O");
  SECTION("in good order") { peer.close(); }
  SECTION("with a reset") { peer.reset(); }
  static_cast<void>(driver.run());
  check_failed(world, driver, Reason::BadAnswer, 502, true);
}

TEST_CASE("an answer cut short is cut for the client too", "[exchange]") {
  World world;
  const std::string head = GENERATE("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfoo",
                                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nfoo\r\n");
  Driver driver(world.clock, world.client, world.dispatcher);
  Peer peer = driver.meet(world.backend);
  static_cast<void>(driver.hear_until(peer, "\r\n\r\n"));
  driver.tell(peer, head);
  SECTION("by a close") { peer.close(); }
  SECTION("by a reset") { peer.reset(); }
  SECTION("by silence") { driver.time_out(); }
  const Outcome& outcome = driver.run();
  CHECK(outcome.kind == Kind::Cut);
  CHECK(outcome.status == 200);
  CHECK_FALSE(outcome.failure.detail.empty());
  CHECK(world.client.received == "foo");
  CHECK(world.client.last_event() == "cut");
  CHECK(world.client.calls_after_end == 0);
  CHECK(world.dispatcher.failures.empty());
  check_told_of_every_end(world);
  CHECK(world.backend.pool().stats().idle == 0);
}

TEST_CASE("nonsense in the body cuts the answer, and what came before it may be handed on", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  peer.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nfoo\r\nnonsense");
  CHECK(driver.run().kind == Kind::Cut);
  CHECK(world.client.received == "foo");
  CHECK(world.client.events == Events{"head 200", "cut"});
}

TEST_CASE("a backend that does not answer in time is a timeout", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  driver.settle();
  CHECK(driver.patience() == Driver::backend_timeout);
  driver.time_out();
  check_failed(world, driver, Reason::Timeout, 502, true);
  CHECK(peer.sees_close());
}

TEST_CASE("every sign of life gives the backend its patience anew", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  driver.settle();
  world.clock.advance(Driver::backend_timeout - 1s);
  driver.tell(peer, "HTTP/1.1 200 OK\r\n");
  CHECK(driver.patience() == Driver::backend_timeout);
}

TEST_CASE("a head that cannot be written is the client's failure, and the connection is accounted for", "[exchange]") {
  World world;
  world.dispatcher.writable = false;
  Driver driver(world.clock, world.client, world.dispatcher);
  static_cast<void>(driver.run());
  check_failed(world, driver, Reason::ClientBodyBad, 400, true);
  CHECK(world.dispatcher.traffic == Traffic{{0, 0}});
  check_told_of_every_end(world);
}

}  // namespace
}  // namespace cxxproxy::exchange
