// Requests over HTTP/2 that fail before there is a head: which are asked again, and over which connections.
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <iterator>
#include <list>

#include "catch.hpp"
#include "exchange/http2_support.hpp"

namespace cxxproxy::exchange {
namespace {

using namespace test;
using backend::test::frame;

struct Broken : Asked {
  explicit Broken(bool post) : Asked({}, post) {
    // Somebody else made the connection before.
    Http2Driver first(world);
    first.start();
    REQUIRE(world.until([this] { return !world.ends.empty() && peer().requests.count(1) == 1; }));
    peer().answer(1, "200", {}, "ok");
    REQUIRE(world.until([&] { return first.done(); }));
    driver.start();
    REQUIRE(world.until([this] { return peer().requests.count(3) == 1; }));
  }

  // It is asked again, over this many connections.
  void check_repeated(std::size_t connections) {
    const auto seen = [&] {
      return world.ends.size() == connections && world.ends.back().peer.requests.size() > (connections == 1 ? 3 : 1);
    };
    REQUIRE(world.until(seen));
    world.ends.back().peer.answer(connections == 1 ? 5 : 1, "200", {}, "again");
    REQUIRE(over());
    CHECK(driver.is_answered("again"));
    CHECK(driver.dispatcher.failures.empty());
  }
};

TEST_CASE("what the backend has not begun with is sent again, whatever it is", "[exchange][http2]") {
  Broken broken(GENERATE(false, true));
  SECTION("refused") {
    broken.peer().reset(3, NGHTTP2_REFUSED_STREAM);
    broken.check_repeated(1);
  }
  SECTION("left out by GOAWAY") {
    broken.peer().goaway(1);
    broken.check_repeated(2);
  }
}

TEST_CASE("what the backend refuses twice is given up", "[exchange][http2]") {
  Broken broken(true);
  for (const std::int32_t id : {3, 5}) {
    REQUIRE(broken.world.until([&] { return broken.peer().requests.count(id) == 1; }));
    broken.peer().reset(id, NGHTTP2_REFUSED_STREAM);
  }
  REQUIRE(broken.over());
  CHECK(broken.driver.outcome().kind == Kind::Failed);
  CHECK(broken.driver.dispatcher.failures.size() == 1);
  CHECK(broken.peer().requests.count(7) == 0);
}

// So many connections, each with room for so many requests, each of which has carried others.
void connect(Http2World& world, std::size_t count, std::uint32_t streams = 1) {
  std::list<Http2Driver> others;
  while (others.size() < count * streams) {
    others.emplace_back(world).dispatcher.targets.front().streams = streams;
    others.back().start();
  }
  const auto all_ask = [&] {
    return world.ends.size() == count && std::ranges::all_of(world.ends, [&](const Http2End& end) {
             return end.peer.requests.size() == streams + 1;
           });
  };
  REQUIRE(world.until(all_ask));
  for (Http2End& end : world.ends) {
    for (std::uint32_t i = 0; i < streams; ++i) end.peer.answer(static_cast<int>(2 * i + 1), "200", {}, "ok");
  }
  REQUIRE(world.until([&] { return std::ranges::all_of(others, [](const auto& one) { return one.done(); }); }));
}

TEST_CASE("what connections leave out at their end goes on to the next, five times", "[exchange][http2]") {
  Http2World world;
  connect(world, 7);
  Http2Driver driver(world);
  driver.dispatcher.post();
  driver.start();
  int asked = 0;
  for (Http2End& end : world.ends) {
    REQUIRE(world.until([&] { return driver.done() || end.peer.requests.contains(3); }));
    if (driver.done()) break;
    ++asked;
    end.peer.goaway(1);
  }
  CHECK(asked == 6);
  CHECK(driver.outcome().kind == Kind::Failed);
}

// Two that have lost a connection each go over one that is made since, not over the third.
struct Lost {
  Lost() {
    connect(world, 3);
    for (Http2Driver* const driver : {&first, &second}) driver->start();
    REQUIRE(world.until([&] { return peer(0).requests.contains(3) && peer(1).requests.contains(3); }));
    world.ends.front().close();
    std::next(world.ends.begin())->close();
    REQUIRE(world.until([&] { return world.ends.size() == 4 && peer(3).requests.size() == 3; }));
    CHECK_FALSE(peer(2).requests.contains(3));
  }
  backend::test::Peer& peer(int number) { return std::next(world.ends.begin(), number)->peer; }
  bool over() {
    return world.until([&] { return first.done() && second.done(); });
  }

  Http2World world;
  Http2Driver first{world};
  Http2Driver second{world};
};

TEST_CASE("what is lost with its connection goes over a new one: others may be dead, too", "[exchange][http2]") {
  Lost lost;
  for (const int id : {1, 3}) lost.peer(3).answer(id, "200", {}, "again");
  REQUIRE(lost.over());
  CHECK(lost.first.is_answered("again"));
  CHECK(lost.second.is_answered("again"));
  CHECK(lost.world.ends.size() == 4);
}

TEST_CASE("what is lost with the new connection, too, is given up", "[exchange][http2]") {
  Lost lost;
  lost.world.ends.back().close();
  REQUIRE(lost.over());
  CHECK(lost.first.outcome().kind == Kind::Failed);
  CHECK(lost.second.outcome().kind == Kind::Failed);
  CHECK(lost.world.ends.size() == 4);
}

TEST_CASE("without a slot for a new connection another will do", "[exchange][http2]") {
  backend::PoolSettings two;
  two.max = 2;
  Http2World world(two);
  connect(world, 2, 2);
  Http2Driver slow(world);  // its answer is all there, and holds the slot when the connection is gone
  slow.client.away = true;
  slow.client.flows = {Flow::Full};
  slow.start();
  Http2Driver driver(world);
  driver.start();
  Http2End& end = world.ends.front();
  REQUIRE(world.until([&] { return end.peer.requests.contains(5) && end.peer.requests.contains(7); }));
  end.peer.answer(5, "200", {}, pattern(60000));
  REQUIRE(world.until([&] { return slow.client.last_event() == "full"; }));
  world.settle();
  end.close();
  REQUIRE(world.until([&] { return world.ends.back().peer.requests.contains(5); }));
  CHECK(world.backend.pool().stats().leased == 2);
  world.ends.back().peer.answer(5, "200", {}, "again");
  REQUIRE(world.until([&] { return driver.done(); }));
  CHECK(driver.is_answered("again"));
  CHECK(world.ends.size() == 2);
}

TEST_CASE("what may have been seen is sent again only if it may be", "[exchange][http2]") {
  const bool post = GENERATE(false, true);
  Broken broken(post);
  broken.world.ends.front().close();
  if (!post) return broken.check_repeated(2);
  REQUIRE(broken.over());
  CHECK(broken.driver.outcome().kind == Kind::Failed);
  CHECK(broken.driver.outcome().failure.reason == Reason::ClosedEarly);
  REQUIRE(broken.driver.dispatcher.failures.size() == 1);
  CHECK_FALSE(broken.driver.dispatcher.failures.front().repeatable);
}

TEST_CASE("what ends with others' connection that the backend breaks is sent again if it may be", "[exchange][http2]") {
  const bool post = GENERATE(false, true);
  Broken broken(post);
  broken.world.ends.front().pending += frame(backend::test::ping_frame, 0, 0, "x");
  if (!post) return broken.check_repeated(2);
  REQUIRE(broken.over());
  CHECK(broken.driver.outcome().kind == Kind::Failed);
  CHECK(broken.driver.outcome().failure.reason == Reason::BadAnswer);
}

TEST_CASE("what breaks its connection by its own answer is given up", "[exchange][http2]") {
  Broken broken(false);
  broken.world.ends.front().pending += backend::test::head(3, "\xff\xff\xff\xff\xff\xff\xff");
  REQUIRE(broken.over());
  CHECK(broken.driver.outcome().failure.reason == Reason::BadAnswer);
  CHECK(broken.world.ends.size() == 1);
}

TEST_CASE("a stream that is reset is a bad answer, and others go on", "[exchange][http2]") {
  Broken broken(false);
  Http2Driver other(broken.world);
  other.start();
  REQUIRE(broken.world.until([&] { return broken.peer().requests.count(5) == 1; }));
  broken.peer().reset(3, NGHTTP2_INTERNAL_ERROR);
  REQUIRE(broken.over());
  CHECK(broken.driver.outcome().kind == Kind::Failed);
  broken.peer().answer(5, "200", {}, "fine");
  REQUIRE(broken.world.until([&] { return other.done(); }));
  CHECK(other.is_answered("fine"));
}

}  // namespace
}  // namespace cxxproxy::exchange
