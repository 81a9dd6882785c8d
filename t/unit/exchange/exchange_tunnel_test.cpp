// What follows a 101: bytes both ways, and how that ends.
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include "catch.hpp"
#include "exchange/support.hpp"

namespace cxxproxy::exchange {
namespace {

using namespace test;
using namespace std::chrono_literals;

const std::string switched = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n";

// The client asks for a WebSocket and is silent, until its script says something and it is there.
struct Tunnelling : World {
  explicit Tunnelling(std::deque<BodyPiece> script = {wait()}) {
    dispatcher.targets.front().upgrade = "websocket";
    client.tunnel_script = std::move(script);
  }

  Target& target() { return dispatcher.targets.front(); }

  // Up to the 101, behind which the backend says `more`.
  void begin(std::string_view more = "") {
    driver.emplace(clock, client, dispatcher);
    peer = driver->meet(backend);
    client.away = true;
    static_cast<void>(driver->hear_until(peer, "\r\n\r\n"));
    driver->tell(peer, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: " + protocol + "\r\n\r\n" +
                           std::string(more));
  }

  // It is to end, and has so long for it.
  void part(engine::Duration span) {
    driver->exchange().part(clock.now() + span);
    driver->advance();
    driver->settle();
  }

  // The client is there, and does what its script says.
  void client_goes_on() {
    client.away = false;
    driver->settle();
  }

  std::string protocol = "WebSocket";
  std::optional<Driver> driver;
  Peer peer;
};

TEST_CASE("after a 101 bytes go both ways, and each side's end to the other", "[exchange]") {
  Tunnelling world({wait(), bytes("ping")});
  world.begin("hello ");
  CHECK(world.client.events == Events{"switch", "flush"});
  CHECK(world.client.received == "hello ");
  CHECK_FALSE(world.driver->done());
  world.client_goes_on();
  CHECK(world.driver->hear(world.peer, 4) == "ping");
  CHECK(world.peer.at_end());
  world.driver->tell(world.peer, "pong");
  CHECK(world.client.received == "hello pong");
  CHECK_FALSE(world.driver->done());
  world.peer.close();
  CHECK(world.driver->run().kind == Kind::Tunnelled);
  CHECK(world.driver->outcome().status == 101);
  CHECK(world.driver->outcome().failure.detail.empty());
  CHECK(world.client.last_event() == "end writing");
  CHECK(world.backend.pool().stats().idle == 0);
  check_told_of_every_end(world);
  CHECK(world.dispatcher.traffic.front().first == get_on_the_wire.size() + 4);
  CHECK(world.dispatcher.traffic.front().second == switched.size() + 10);
}

TEST_CASE("a backend may end its side first", "[exchange]") {
  Tunnelling world({wait(), bytes("late")});
  world.begin();
  world.peer.say("bye");
  ::shutdown(world.peer.fd().get(), SHUT_WR);
  static_cast<void>(backend::test::await({world.driver->step.wait.backend.fd, true, false}));
  world.driver->settle();
  CHECK(world.client.received == "bye");
  CHECK(world.client.last_event() == "end writing");
  CHECK_FALSE(world.driver->done());
  world.client_goes_on();
  CHECK(world.peer.hear_at_once() == "late");
  CHECK(world.driver->done());
  CHECK(world.driver->outcome().kind == Kind::Tunnelled);
}

TEST_CASE("a tunnel may end with its backend", "[exchange]") {
  Tunnelling world({wait(), bytes("more")});
  world.target().tunnel_ends = TunnelEnd::Backend;
  world.begin();
  world.client_goes_on();
  CHECK_FALSE(world.driver->done());
  CHECK(world.peer.hear_at_once() == "more");
  world.driver->tell(world.peer, "answer");
  world.peer.close();
  CHECK(world.driver->run().kind == Kind::Tunnelled);
  CHECK(world.client.received == "answer");
}

TEST_CASE("without half-close a tunnel ends with either side", "[exchange]") {
  Tunnelling world({wait(), bytes("last")});
  world.target().tunnel_ends = TunnelEnd::EitherSide;
  world.begin();
  world.client_goes_on();
  CHECK(world.driver->done());
  CHECK(world.peer.hear_at_once() == "last");
  CHECK(world.peer.sees_close());
}

TEST_CASE("a client that takes nothing holds up its backend", "[exchange]") {
  Tunnelling world;
  world.client.flows = {Flow::Full};
  world.begin("first");
  CHECK(world.client.last_event() == "full");
  CHECK_FALSE(world.driver->step.wait.backend.readable);
  CHECK(world.driver->step.wait.client.writable);
  world.driver->tell(world.peer, "second");
  CHECK(world.client.received == "first");
  world.client.body_script = {wait(), wait(), wait()};
  world.driver->advance({.backend = {}, .client = {false, true}, .timed_out = false, .error = 0});
  world.driver->settle();
  CHECK(world.client.received == "firstsecond");
}

TEST_CASE("a backend that takes nothing holds up its client", "[exchange]") {
  const std::string large = pattern(20 << 20);
  Tunnelling world({wait(), bytes(large)});
  world.begin();
  world.client_goes_on();
  CHECK(world.driver->step.wait.backend.writable);
  CHECK_FALSE(world.driver->step.wait.client.readable);
  std::string heard = world.peer.hear_at_once();
  while (heard.size() < large.size()) {
    const engine::Interest& wanted = world.driver->step.wait.backend;
    const engine::Interest peers{world.peer.fd().get(), true, false};
    REQUIRE(backend::test::await(wanted.writable ? engine::Interest{wanted.fd, false, true} : peers));
    world.driver->settle();
    heard += world.peer.hear_at_once();
  }
  CHECK((heard == large));
}

TEST_CASE("a tunnel may be silent for the longer of both timeouts, or as long as is said", "[exchange]") {
  Tunnelling world;
  const bool given = GENERATE(false, true);
  if (given) world.target().tunnel_timeout = 90s;
  world.begin();
  const engine::Duration expected = given ? engine::Duration(90s) : Driver::backend_timeout;
  CHECK(world.driver->patience() == expected);
  world.clock.advance(1s);
  world.driver->tell(world.peer, "x");
  CHECK(world.driver->patience() == expected);
  world.driver->time_out();
  CHECK(world.driver->done());
  CHECK(world.driver->outcome().kind == Kind::Tunnelled);
  CHECK(world.driver->outcome().failure.reason == Reason::Timeout);
  CHECK(world.peer.sees_close());
}

TEST_CASE("a backend that resets ends the tunnel", "[exchange]") {
  Tunnelling world;
  world.begin();
  world.peer.reset();
  CHECK(world.driver->run().kind == Kind::Tunnelled);
  CHECK(world.driver->outcome().failure.error == ECONNRESET);
  check_told_of_every_end(world);
}

TEST_CASE("a client that is gone ends the tunnel", "[exchange]") {
  Tunnelling world({wait(), failed(0)});
  world.begin();
  world.client_goes_on();
  CHECK(world.driver->outcome().kind == Kind::Tunnelled);
  CHECK(world.driver->outcome().failure.reason == Reason::ClientGone);
  CHECK(world.peer.sees_close());
}

TEST_CASE("an exchange given up in its tunnel has been one", "[exchange]") {
  Tunnelling world;
  world.begin();
  world.driver->exchange().abandon();
  world.driver->advance();
  CHECK(world.driver->outcome().kind == Kind::Tunnelled);
  check_told_of_every_end(world);
}

TEST_CASE("a switch to what was not asked for is no answer", "[exchange]") {
  World world;
  const auto [asked, answer] = GENERATE(table<std::string, std::string>({
      {"", switched},
      {"foo", switched},
      {"websocket", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n"},
      {"websocket", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: web\r\n\r\n"},
      {"foo, bar", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo, bar\r\n\r\n"},
  }));
  world.dispatcher.targets.front().upgrade = asked;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  driver.tell(peer, answer + "EVIL");
  check_failed(world, driver, Reason::BadAnswer, 502, true);
  CHECK(world.client.received.empty());
}

TEST_CASE("of several protocols that were asked for, one is switched to", "[exchange]") {
  Tunnelling world;
  world.target().upgrade = "foo, WebSocket/13, websocket";
  world.begin("hello");
  CHECK(world.client.received == "hello");
}

TEST_CASE("a switch before the request's body was sent is no answer", "[exchange]") {
  World world;
  world.dispatcher.post();
  world.dispatcher.targets.front().upgrade = "websocket";
  world.client.body_script = {bytes(pattern(20000)), wait()};
  world.client.away = true;
  Driver driver(world.clock, world.client, world.dispatcher, with_body());
  const Peer peer = driver.meet(world.backend);
  driver.tell(peer, switched);
  CHECK(driver.run().kind == Kind::Failed);
  CHECK(driver.outcome().failure.reason == Reason::BadAnswer);
}

TEST_CASE("a client that cannot switch is gone", "[exchange]") {
  Tunnelling world;
  world.client.switches = false;
  world.begin();
  CHECK(world.driver->done());
  CHECK(world.driver->outcome().kind == Kind::ClientGone);
  CHECK(world.peer.sees_close());
}

// Of a WebSocket: a text frame, and a Close that says 1001 to a client.
const std::string text = "\x81\x02hi";
const std::string going = "\x88\x02\x03\xe9";

TEST_CASE("a WebSocket that is parted with tells both sides, and is over when the backend has ended", "[exchange]") {
  Tunnelling world;
  world.begin(text);
  world.part(1h);
  CHECK(world.client.received == text + going);
  CHECK(world.client.last_event() == "end writing");
  const std::string heard = world.driver->hear(world.peer, 8);
  CHECK(heard.starts_with("\x88\x82"));
  CHECK((heard[2] ^ heard[6]) == 0x03);
  CHECK(static_cast<unsigned char>(heard[3] ^ heard[7]) == 0xe9);
  CHECK(world.peer.at_end());
  CHECK_FALSE(world.driver->done());
  world.driver->tell(world.peer, text);
  CHECK(world.client.received == text + going);
  world.peer.close();
  CHECK(world.driver->run().kind == Kind::Tunnelled);
  CHECK(world.driver->outcome().failure.detail == "it was told to end");
}

TEST_CASE("a farewell waits for the end of the frame that is on its way", "[exchange]") {
  Tunnelling world;
  world.begin(text.substr(0, 3));
  world.part(1h);
  CHECK(world.client.received == text.substr(0, 3));
  world.driver->tell(world.peer, text.substr(3));
  CHECK(world.client.received == text + going);
  world.peer.close();
}

TEST_CASE("a WebSocket that ends with either side is over when both have been told", "[exchange]") {
  Tunnelling world;
  world.target().tunnel_ends = TunnelEnd::EitherSide;
  const std::size_t begun = GENERATE(std::size_t{3}, std::size_t{4});
  world.begin(text.substr(0, begun));
  world.part(1h);
  CHECK(world.driver->hear(world.peer, 8).starts_with("\x88\x82"));
  CHECK(world.driver->done() == (begun == 4));
  if (begun == 3) world.driver->tell(world.peer, text.substr(3));
  CHECK(world.client.received == text + going);
  CHECK(world.driver->done());
}

TEST_CASE("neither side of a WebSocket can hold up its end", "[exchange]") {
  Tunnelling world;
  world.begin(text.substr(0, 3));
  world.part(5s);
  CHECK_FALSE(world.driver->done());
  world.driver->time_out();
  CHECK(world.driver->done());
  CHECK(world.client.received == text.substr(0, 3));
}

TEST_CASE("a tunnel of which nothing is known ends as soon as it is parted with", "[exchange]") {
  Tunnelling world;
  world.protocol = "other";
  world.target().upgrade = "other";
  world.begin();
  world.part(1h);
  CHECK(world.driver->done());
  CHECK(world.client.received.empty());
}

}  // namespace
}  // namespace cxxproxy::exchange
