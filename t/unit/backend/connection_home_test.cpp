// Connections that a reactor watches.
#include <functional>

#include "backend/connection.hpp"
#include "backend/loopback.hpp"
#include "catch.hpp"
#include "engine/counted_calls.hpp"
#include "engine/reactor.hpp"

namespace cxxproxy::backend {
namespace {

using engine::test::Listener;
using test::Link;

// Lets what there is to be seen be seen: rounds of a reactor that ends after a few.
void look_around(engine::Reactor& reactor) {
  int rounds = 0;
  std::function<void()> again = [&] { ++rounds < 5 ? reactor.defer([&] { again(); }) : reactor.stop(); };
  reactor.post([&] { again(); });
  reactor.run();
}

TEST_CASE("a connection has no home and has seen nothing until it is attached", "[backend]") {
  const Link link = test::pair();
  test::say(link.theirs, "x");
  CHECK(link.ours->home() == nullptr);
  CHECK_FALSE(link.ours->watch());
  CHECK_FALSE(link.ours->stirred());
}

TEST_CASE("attaching gives a connection a home, where its watcher hears of it", "[backend]") {
  engine::Reactor reactor;
  Listener listener;
  const Link link = test::pair();
  link.ours->attach(reactor, &listener);
  CHECK(link.ours->home() == &reactor);
  CHECK(reactor.watched() == 1);
  CHECK_FALSE(link.ours->stirred());
  test::say(link.theirs, "x");
  look_around(reactor);
  CHECK(listener.calls > 0);
  CHECK(link.ours->stirred());
}

TEST_CASE("attaching again only changes who is told", "[backend]") {
  engine::Reactor reactor;
  Listener first;
  Listener second;
  const Link link = test::pair();
  link.ours->attach(reactor, &first);
  link.ours->attach(reactor, &second);
  CHECK(reactor.watched() == 1);
  look_around(reactor);
  CHECK(first.calls == 0);
  CHECK(second.calls > 0);
}

TEST_CASE("what was taken and read no longer stirs, the end always does", "[backend]") {
  engine::Reactor reactor;
  Link link = test::pair();
  link.ours->attach(reactor, nullptr);
  SECTION("bytes") {
    test::say(link.theirs, "x");
    look_around(reactor);
    CHECK(link.ours->watch().take({-1, true, false}).readable);
    CHECK_FALSE(link.ours->stirred());
  }
  SECTION("the end") {
    link.theirs.reset();
    look_around(reactor);
    static_cast<void>(link.ours->watch().take({-1, true, false}));
    CHECK(link.ours->stirred());
  }
}

TEST_CASE("a connection is at rest when nothing of what its home saw is unread", "[backend]") {
  engine::Reactor reactor;
  Link link = test::pair();
  CHECK(link.ours->at_rest());
  link.ours->attach(reactor, nullptr);
  CHECK(link.ours->at_rest());
  SECTION("as when it was read since") {
    test::say(link.theirs, "x");
    look_around(reactor);
    CHECK(test::read_one(*link.ours).ok());
    CHECK(link.ours->stirred());
    CHECK(link.ours->at_rest());
    CHECK_FALSE(link.ours->stirred());
  }
  SECTION("and not when bytes are left") {
    test::say(link.theirs, "xy");
    look_around(reactor);
    CHECK(test::read_one(*link.ours).ok());
    CHECK_FALSE(link.ours->at_rest());
  }
  SECTION("and never after the end") {
    link.theirs.reset();
    look_around(reactor);
    CHECK_FALSE(link.ours->at_rest());
    CHECK_FALSE(link.ours->at_rest());
  }
}

TEST_CASE("a connection that has left its home is anybody's, and works", "[backend]") {
  engine::Reactor reactor;
  Listener listener;
  const Link link = test::pair();
  link.ours->attach(reactor, &listener);
  look_around(reactor);
  link.ours->leave_home();
  CHECK(link.ours->home() == nullptr);
  CHECK_FALSE(link.ours->watch());
  CHECK_FALSE(link.ours->stirred());
  CHECK(link.ours->at_rest());
  CHECK(link.ours->idle_and_alive());
  test::write_text(*link.ours, "x");
  CHECK(test::hear(link.theirs, 1) == "x");
  test::say(link.theirs, "y");
  CHECK(test::read_one(*link.ours).ok());
}

TEST_CASE("what its home has seen does not go with a connection that leaves it", "[backend]") {
  engine::Reactor reactor;
  Link link = test::pair();
  link.ours->attach(reactor, nullptr);
  test::say(link.theirs, "x");
  look_around(reactor);
  REQUIRE(link.ours->stirred());
  link.ours->leave_home();
  CHECK_FALSE(link.ours->stirred());
  CHECK_FALSE(link.ours->idle_and_alive());
  CHECK(test::read_one(*link.ours).ok());
  CHECK(link.ours->idle_and_alive());
}

TEST_CASE("a connection that has left may have a home again, the same or another", "[backend]") {
  engine::Reactor former;
  engine::Reactor latter;
  engine::Reactor& next = GENERATE(true, false) ? former : latter;
  Listener before;
  Listener after;
  const Link link = test::pair();
  link.ours->attach(former, &before);
  link.ours->leave_home();
  link.ours->attach(next, &after);
  CHECK(link.ours->home() == &next);
  test::say(link.theirs, "x");
  look_around(next);
  CHECK(before.calls == 0);
  CHECK(after.calls > 0);
  CHECK(link.ours->stirred());
  CHECK(next.watched() == 1);
}

TEST_CASE("leaving without a home is nothing", "[backend]") {
  const Link link = test::pair();
  link.ours->leave_home();
  CHECK(link.ours->home() == nullptr);
  CHECK(link.ours->idle_and_alive());
}

TEST_CASE("a connection that ends leaves its home", "[backend]") {
  engine::Reactor reactor;
  Link link = test::pair();
  link.ours->attach(reactor, nullptr);
  link.ours.reset();
  CHECK(reactor.watched() == 0);
  CHECK(test::hear(link.theirs, 1).empty());
}

}  // namespace
}  // namespace cxxproxy::backend
