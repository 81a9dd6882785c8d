// Requests over HTTP/2: what an exchange makes of what its stream is told.
#include <nghttp2/nghttp2.h>

#include <list>

#include "catch.hpp"
#include "exchange/http2_support.hpp"

namespace cxxproxy::exchange {
namespace {

using namespace std::chrono_literals;
using namespace test;
using Pairs = backend::test::Pairs;

constexpr std::int32_t most_streams = NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS;

TEST_CASE("a request over HTTP/2 is answered", "[exchange][http2]") {
  Asked asked;
  asked.reach();
  CHECK(asked.peer().requests[1].field(":method") == "GET");
  asked.peer().interim(1, "103", {{"link", "x"}});
  asked.peer().answer(1, "200", {{"x-a", "b"}}, "hello", {{"x-sum", "5"}});
  REQUIRE(asked.over());
  CHECK(asked.driver.is_answered("hello"));
  CHECK(asked.driver.client.events.front() == "interim 103");
  CHECK(asked.driver.client.fields == Pairs{{"x-a", "b"}});
  CHECK(asked.driver.client.trailers == Pairs{{"x-sum", "5"}});
  CHECK(asked.driver.dispatcher.traffic.size() == 1);
  CHECK(asked.driver.dispatcher.traffic.front().second == 3 + 1 + 5);
  asked.world.settle();
  CHECK(asked.world.links.size() == 1);
  CHECK_FALSE(asked.peer().requests[1].reset);
}

TEST_CASE("requests that come together share the connection that one of them makes", "[exchange][http2]") {
  Http2World world;
  std::list<Http2Driver> drivers;
  for (int i = 0; i < 20; ++i) drivers.emplace_back(world).start();
  REQUIRE(world.until([&] { return !world.ends.empty() && world.ends.front().peer.requests.size() == 21; }));
  for (int id = 1; id < 40; id += 2) world.ends.front().peer.answer(id, "200", {}, "ok");
  REQUIRE(world.until([&] {
    return std::all_of(drivers.begin(), drivers.end(), [](const auto& driver) { return driver.is_answered("ok"); });
  }));
  CHECK(world.ends.size() == 1);
  CHECK(world.backend.pool().stats().leased == 1);
}

TEST_CASE("requests that come together share a refused connection", "[exchange][http2]") {
  Http2World world;
  world.backend.listener.stop_listening();
  std::list<Http2Driver> drivers;
  for (int i = 0; i < 5; ++i) drivers.emplace_back(world).start();
  REQUIRE(world.until(
      [&] { return std::all_of(drivers.begin(), drivers.end(), [](const auto& driver) { return driver.done(); }); }));
  for (const Http2Driver& driver : drivers) {
    CHECK(driver.outcome().kind == Kind::Failed);
    CHECK(driver.outcome().failure.reason == Reason::ConnectFailed);
    CHECK(driver.dispatcher.connections == 0);
  }
  CHECK(world.backend.pool().stats().leased == 0);
}

backend::PoolSettings one_slot(std::optional<engine::Duration> acquire = std::nullopt) {
  backend::PoolSettings settings;
  settings.max = 1;
  settings.acquire = acquire;
  return settings;
}

TEST_CASE("when the one who connects is given up another one does", "[exchange][http2]") {
  Http2World world(one_slot());
  std::optional<backend::Lease> slot = *world.backend.pool().try_acquire();
  Http2Driver first(world);
  Http2Driver second(world);
  first.start();
  second.start();
  CHECK(first.step.kind == Step::Kind::Slot);
  CHECK(second.step.kind == Step::Kind::Wait);
  first.exchange.abandon();
  slot.reset();
  REQUIRE(world.until([&] { return !world.ends.empty() && world.ends.back().peer.requests.count(1) == 1; }));
  world.ends.back().peer.answer(1, "200", {}, "ok");
  REQUIRE(world.until([&] { return second.done(); }));
  CHECK(second.is_answered("ok"));
  CHECK(first.outcome().kind == Kind::ClientGone);
}

// One connection, one stream at a time.
void narrow(Http2Driver& driver) { driver.dispatcher.targets.front().streams = 1; }

TEST_CASE("with all streams taken requests get one in turn", "[exchange][http2]") {
  Http2World world(one_slot(60s));
  std::list<Http2Driver> drivers;
  for (int i = 0; i < 4; ++i) {
    narrow(drivers.emplace_back(world));
    drivers.back().start();
    world.settle();
  }
  std::int32_t id = 1;
  for (Http2Driver& driver : drivers) {
    REQUIRE(world.until([&] { return !world.ends.empty() && world.ends.front().peer.requests.count(id) == 1; }));
    world.ends.front().peer.answer(id, "200", {}, "ok");
    REQUIRE(world.until([&] { return driver.done(); }));
    CHECK(driver.is_answered("ok"));
    id += 2;
  }
  CHECK(world.ends.size() == 1);
}

TEST_CASE("room that does not come is not waited for longer than the pool says", "[exchange][http2]") {
  Http2World world(one_slot(2s));
  Http2Driver first(world);
  narrow(first);
  first.start();
  REQUIRE(world.until([&] { return !world.ends.empty() && world.ends.front().peer.requests.count(1) == 1; }));
  world.settle();
  Http2Driver second(world);
  narrow(second);
  second.start();
  world.pass(1900ms);
  CHECK_FALSE(second.done());
  world.pass(200ms);
  REQUIRE(second.done());
  CHECK(second.outcome().kind == Kind::Failed);
  CHECK(second.outcome().failure.reason == Reason::PoolExhausted);
  world.ends.front().peer.answer(1, "200", {}, "ok");
  REQUIRE(world.until([&] { return first.done(); }));
  CHECK(first.is_answered("ok"));
}

TEST_CASE("a slot that an idle connection of another key holds is had", "[exchange][http2]") {
  Http2World world(one_slot());
  Http2Driver first(world);
  first.start();
  REQUIRE(world.until([&] { return !world.ends.empty() && world.ends.front().peer.requests.count(1) == 1; }));
  world.ends.front().peer.answer(1, "200", {}, "ok");
  REQUIRE(world.until([&] { return first.done(); }));
  world.settle();
  Http2Driver second(world);
  second.dispatcher.targets.front().pool_key = "another";
  second.start();
  REQUIRE(world.until([&] { return world.ends.size() == 2 && world.ends.back().peer.requests.count(1) == 1; }));
}

TEST_CASE("after GOAWAY the next request goes over another connection", "[exchange][http2]") {
  Asked asked;
  asked.reach();
  asked.peer().goaway(1);
  asked.world.settle();
  Http2Driver second(asked.world);
  second.start();
  REQUIRE(asked.world.until([&] { return asked.world.ends.size() == 2; }));
  asked.peer().answer(1, "200", {}, "first");
  REQUIRE(asked.over());
  CHECK(asked.driver.is_answered("first"));
}

// --- The request's body

TEST_CASE("a body goes out in pieces as the client brings them", "[exchange][http2]") {
  const bool trailer = GENERATE(false, true);
  Asked asked(with_body(), true);
  const std::string large = pattern(200000);
  asked.driver.client.body_script = {bytes("one"), bytes(large), test::wait(), bytes("three")};
  if (trailer) asked.driver.dispatcher.trailer = "sum";
  asked.reach();
  REQUIRE(asked.world.until([&] { return asked.peer().requests[1].ended; }));
  CHECK((asked.peer().requests[1].body == "one" + large + "three"));
  CHECK(asked.peer().requests[1].trailers == (trailer ? Pairs{{"x-trailer", "sum"}} : Pairs{}));
  asked.peer().answer(1, "200", {}, "ok");
  REQUIRE(asked.over());
  CHECK(asked.driver.is_answered("ok"));
  CHECK(asked.driver.dispatcher.traffic.front().first >= large.size() + 8);
}

TEST_CASE("a backend that stops reading holds the body back", "[exchange][http2]") {
  Asked asked(with_body(), true);
  asked.driver.client.body_script = {bytes(pattern(8 << 20))};
  asked.reach();
  asked.world.ends.front().reads = false;
  asked.world.settle();
  const int turns = asked.driver.turns;
  asked.world.settle();
  CHECK(asked.driver.turns == turns);
  CHECK(asked.driver.step.wait.backend.writable);
  SECTION("until it reads again") {
    asked.world.ends.front().reads = true;
    REQUIRE(asked.world.until([&] { return asked.peer().requests[1].ended; }));
    CHECK(asked.peer().requests[1].body.size() == 8 << 20);
  }
  SECTION("or its time is over") {
    // What the socket has taken since counts once.
    asked.world.pass(Driver::backend_timeout);
    asked.world.pass(Driver::backend_timeout);
    REQUIRE(asked.driver.done());
    CHECK(asked.driver.outcome().failure.reason == Reason::SendTimeout);
  }
}

TEST_CASE("an early answer ends the exchange, and the stream", "[exchange][http2]") {
  Asked asked(with_body(), true);
  asked.driver.client.body_script = {bytes(pattern(100000)), test::wait()};
  asked.driver.client.away = true;
  asked.reach();
  asked.peer().answer(1, "413", {}, "no");
  REQUIRE(asked.over());
  CHECK(asked.driver.is_answered("no"));
  CHECK(asked.driver.outcome().body_unread);
  REQUIRE(asked.world.until([&] { return asked.peer().requests[1].reset.has_value(); }));
  CHECK(asked.world.links.size() == 1);
}

TEST_CASE("over HTTP/2 a body waits for its 100", "[exchange][http2]") {
  Asked asked(with_body(), true);
  asked.driver.client.body_script = {bytes("hello")};
  Target& target = asked.driver.dispatcher.targets.front();
  target.wait_for_continue = true;
  target.continue_timeout = Driver::continue_timeout;
  asked.reach();
  asked.world.settle();
  CHECK(asked.peer().requests[1].body.empty());
  SECTION("which comes") {
    asked.peer().interim(1, "100");
    REQUIRE(asked.world.until([&] { return asked.peer().requests[1].ended; }));
    CHECK(asked.peer().requests[1].body == "hello");
    asked.peer().answer(1, "200", {}, "ok");
    REQUIRE(asked.over());
    CHECK(asked.driver.is_answered("ok"));
  }
  SECTION("or the answer comes without") {
    asked.peer().answer(1, "417", {}, "no");
    REQUIRE(asked.over());
    CHECK(asked.driver.is_answered("no"));
    CHECK(asked.peer().requests[1].body.empty());
  }
}

TEST_CASE("a client that breaks off its body ends the stream only", "[exchange][http2]") {
  Asked asked(with_body(), true);
  const int status = GENERATE(0, 408);
  asked.driver.client.body_script = {bytes(pattern(70000)), failed(status)};
  asked.reach();
  REQUIRE(asked.over());
  CHECK(asked.driver.outcome().kind == (status == 0 ? Kind::ClientGone : Kind::Failed));
  REQUIRE(asked.world.until([&] { return asked.peer().requests[1].reset.has_value(); }));
  CHECK(asked.world.links.size() == 1);
}

// --- The answer

TEST_CASE("while a client is full its window stays where it is", "[exchange][http2]") {
  Asked asked;
  asked.driver.client.away = true;
  asked.driver.client.flows.assign(1, Flow::Full);
  asked.reach();
  const std::string body = pattern(3 << 20);
  asked.peer().answer(1, "200", {}, body);
  REQUIRE(asked.world.until([&] { return asked.driver.client.last_event() == "full"; }));
  asked.world.settle();
  const int turns = asked.driver.turns;
  const std::size_t received = asked.driver.client.received.size();
  asked.world.settle();
  CHECK(asked.driver.turns == turns);
  CHECK(asked.driver.client.received.size() == received);
  CHECK(asked.peer().window(1) == 0);
  // Others are not held up.
  Http2Driver other(asked.world);
  other.start();
  REQUIRE(asked.world.until([&] { return asked.peer().requests.count(3) == 1; }));
  asked.peer().answer(3, "200", {}, body);
  REQUIRE(asked.world.until([&] { return other.done(); }));
  CHECK((other.client.received == body));
  asked.driver.client.away = false;
  asked.driver.client_ready();
  REQUIRE(asked.over());
  CHECK((asked.driver.client.received == body));
  CHECK(asked.driver.outcome().kind == Kind::Answered);
}

TEST_CASE("over HTTP/2 a client that is full again and again gets the whole answer", "[exchange][http2]") {
  Asked asked;
  const std::string body = pattern(500000);
  for (int i = 0; i < 200; ++i) asked.driver.client.flows.push_back(i % 4 == 3 ? Flow::Ready : Flow::Full);
  asked.reach();
  asked.peer().answer(1, "200", {}, body, {{"x-sum", "1"}});
  REQUIRE(asked.over());
  CHECK((asked.driver.client.received == body));
  CHECK(asked.driver.client.trailers == Pairs{{"x-sum", "1"}});
}

TEST_CASE("a client that is gone ends the stream only", "[exchange][http2]") {
  Asked asked;
  asked.driver.client.flows = {Flow::Gone};
  asked.reach();
  asked.peer().answer(1, "200", {}, pattern(1 << 20));
  REQUIRE(asked.over());
  CHECK(asked.driver.outcome().kind == Kind::ClientGone);
  REQUIRE(asked.world.until([&] { return asked.peer().requests[1].reset.has_value(); }));
  CHECK(asked.world.links.size() == 1);
}

TEST_CASE("an answer that breaks off is cut, and what had come is passed on", "[exchange][http2]") {
  Asked asked;
  asked.reach();
  const std::string body = pattern(60000);
  SECTION("with its stream") { asked.peer().answer(1, "200", {{"content-length", "90000"}}, body); }
  SECTION("with the connection") {
    asked.peer().answer(1, "200", {}, body + pattern(10000));
    asked.world.ends.front().serve();
    asked.world.ends.front().close();
  }
  REQUIRE(asked.over());
  CHECK(asked.driver.outcome().kind == Kind::Cut);
  CHECK(asked.driver.client.last_event() == "cut");
  CHECK(asked.driver.client.received.starts_with(body));
}

TEST_CASE("a deadline ends the stream, not the connection", "[exchange][http2]") {
  Asked asked;
  asked.reach();
  Http2Driver other(asked.world);
  asked.world.settle();
  asked.world.pass(6s);
  other.start();
  asked.world.settle();
  asked.world.pass(Driver::backend_timeout - 5s);
  REQUIRE(asked.driver.done());
  CHECK(asked.driver.outcome().failure.reason == Reason::Timeout);
  REQUIRE(asked.world.until([&] { return asked.peer().requests[1].reset.has_value(); }));
  CHECK_FALSE(other.done());
  asked.peer().answer(3, "200", {}, "fine");
  REQUIRE(asked.world.until([&] { return other.done(); }));
  CHECK(other.is_answered("fine"));
}

TEST_CASE("an exchange that is abandoned leaves its connection to others", "[exchange][http2]") {
  Asked asked;
  asked.reach();
  asked.driver.exchange.abandon();
  REQUIRE(asked.world.until([&] { return asked.peer().requests[1].reset.has_value(); }));
  CHECK(asked.driver.exchange.outcome().kind == Kind::ClientGone);
  CHECK(asked.world.links.size() == 1);
  CHECK(asked.driver.dispatcher.traffic.size() == 1);
}

TEST_CASE("a head that cannot be written costs nobody a connection", "[exchange][http2]") {
  Asked asked;
  asked.driver.dispatcher.writable = false;
  asked.driver.start();
  REQUIRE(asked.over());
  CHECK(asked.driver.outcome().status == 400);
  asked.world.settle();
  CHECK(asked.world.links.size() == 1);
}

TEST_CASE("a backend that allows fewer streams than we would gets no more", "[exchange][http2]") {
  Asked asked;
  asked.reach();
  asked.peer().settings(most_streams, 1);
  asked.world.settle();
  Http2Driver second(asked.world);
  second.start();
  REQUIRE(asked.world.until([&] { return asked.world.ends.size() == 2; }));
  CHECK(asked.peer().requests.count(3) == 0);
}

}  // namespace
}  // namespace cxxproxy::exchange
