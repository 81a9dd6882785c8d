#include "exchange/exchange.hpp"

#include <algorithm>
#include <vector>

#include "catch.hpp"
#include "exchange/support.hpp"
#include "exchange/unreachable.hpp"

namespace cxxproxy::exchange {
namespace {

using namespace std::chrono_literals;
using namespace test;

// --- kept connections gone stale ---

TEST_CASE("a GET on a connection that turns out to be closed is sent again on a fresh one", "[exchange]") {
  World world;
  Peer stale = world.keep_connection();
  Driver driver(world.clock, world.client, world.dispatcher);
  CHECK(driver.hear_until(stale, "\r\n\r\n") == get_on_the_wire);
  SECTION("in good order") { stale.close(); }
  SECTION("with a reset") { stale.reset(); }
  const Peer peer = driver.meet(world.backend);
  CHECK(driver.hear_until(peer, "\r\n\r\n") == get_on_the_wire);
  peer.say(small_answer);
  CHECK(driver.run().kind == Kind::Answered);
  CHECK(world.client.received == "ok");
  CHECK(world.dispatcher.failures.empty());
  CHECK(world.dispatcher.connections == 2);
  CHECK(world.dispatcher.traffic ==
        Traffic{{get_on_the_wire.size(), 0}, {get_on_the_wire.size(), small_answer.size()}});
  CHECK(world.backend.pool().stats().idle == 1);
}

TEST_CASE("what trails the last answer on a kept connection is not this request's answer", "[exchange]") {
  World world;
  const Peer kept = world.keep_connection();
  Driver driver(world.clock, world.client, world.dispatcher);
  CHECK(driver.hear_until(kept, "\r\n\r\n") == get_on_the_wire);
  kept.say("what was left of it\r\n");
  const Peer peer = driver.meet(world.backend);
  CHECK(driver.hear_until(peer, "\r\n\r\n") == get_on_the_wire);
  peer.say(small_answer);
  CHECK(driver.run().kind == Kind::Answered);
  CHECK(world.client.received == "ok");
  CHECK(world.dispatcher.failures.empty());
}

TEST_CASE("a backend that closes the fresh connection as well has failed", "[exchange]") {
  World world;
  Peer stale = world.keep_connection();
  Driver driver(world.clock, world.client, world.dispatcher);
  static_cast<void>(driver.hear_until(stale, "\r\n\r\n"));
  stale.close();
  Peer peer = driver.meet(world.backend);
  static_cast<void>(driver.hear_until(peer, "\r\n\r\n"));
  peer.close();
  static_cast<void>(driver.run());
  check_failed(world, driver, Reason::ClosedEarly, 502, true);
  check_told_of_every_end(world);
}

TEST_CASE("a POST that a stale connection may have carried is not sent again", "[exchange]") {
  World world;
  Peer stale = world.keep_connection();
  world.dispatcher.post();
  world.client.body_script = {bytes("hello")};
  Driver driver(world.clock, world.client, world.dispatcher, with_body());
  CHECK(driver.hear_until(stale, "hello") == post_with_length("hello"));
  SECTION("in good order") { stale.close(); }
  SECTION("with a reset") { stale.reset(); }
  static_cast<void>(driver.run());
  check_failed(world, driver, Reason::ClosedEarly, 502, false);
  CHECK_FALSE(world.backend.listener.has_visitor());
}

TEST_CASE("a POST of which no byte left is sent on a fresh connection", "[exchange]") {
  World world;
  Backend forgetful(world.clock, {}, 10s);
  world.dispatcher.targets = {forgetful.target()};
  Peer stale;
  {
    Driver first(world.clock, world.client, world.dispatcher);
    stale = first.meet(forgetful);
    world.kept_descriptor = first.step.wait.backend.fd;
    stale.say(small_answer);
    static_cast<void>(first.run());
  }
  world.client = FakeClient();
  world.client.body_script = {bytes("hello")};
  world.dispatcher = test::FakeDispatcher();
  world.dispatcher.targets = {forgetful.target()};
  world.dispatcher.post();
  world.clock.advance(10s);  // so that the name is looked up with the connection in hand
  Driver driver(world.clock, world.client, world.dispatcher, with_body());
  driver.advance();
  REQUIRE(driver.step.kind == Step::Kind::Lookup);
  stale.reset();
  REQUIRE(backend::test::await({world.kept_descriptor, true, false}));
  const Peer peer = driver.meet(forgetful);
  CHECK(driver.hear_until(peer, "hello") == post_with_length("hello"));
  peer.say(small_answer);
  CHECK(driver.run().kind == Kind::Answered);
  CHECK(world.dispatcher.failures.empty());
  CHECK(world.dispatcher.traffic.front() == std::pair<std::uint64_t, std::uint64_t>{0, 0});
}

TEST_CASE("a stale connection that has begun to answer is no stale connection", "[exchange]") {
  World world;
  Peer stale = world.keep_connection();
  Driver driver(world.clock, world.client, world.dispatcher);
  static_cast<void>(driver.hear_until(stale, "\r\n\r\n"));
  driver.tell(stale, "HTTP/1.1 103 Early Hints\r\n\r\n");
  SECTION("when it closes") { stale.close(); }
  SECTION("when it resets") { stale.reset(); }
  static_cast<void>(driver.run());
  check_failed(world, driver, Reason::BadAnswer, 502, true);
  CHECK_FALSE(world.backend.listener.has_visitor());
}

// --- whom to try ---

TEST_CASE("a backend that refuses makes way for another, with the body from its beginning", "[exchange]") {
  World world;
  Backend dead(world.clock);
  dead.endpoints = {refusing()};
  world.dispatcher.targets.push_front(dead.target());
  world.dispatcher.post();
  const std::string text = pattern(10000);
  world.client.body_script = {bytes(text)};
  Driver driver(world.clock, world.client, world.dispatcher, with_body());
  const Peer peer = driver.meet(world.backend);
  const std::string wanted = post_with_length(text);
  CHECK(driver.hear(peer, wanted.size()) == wanted);
  peer.say(small_answer);
  CHECK(driver.run().kind == Kind::Answered);
  REQUIRE(world.dispatcher.failures.size() == 1);
  CHECK(world.dispatcher.failures[0].failure.reason == Reason::ConnectFailed);
  CHECK(world.dispatcher.failures[0].repeatable);
  CHECK(world.dispatcher.connections == 1);
}

TEST_CASE("the next backend gets the body bit for bit", "[exchange]") {
  World world;
  const std::size_t size = GENERATE(as<std::size_t>(), 1, RequestBody::kept_limit - 1, 200000);
  Backend other(world.clock);
  world.dispatcher.targets.push_back(other.target());
  const std::string text = pattern(size);
  world.client.body_script = {bytes(text)};
  Driver driver(world.clock, world.client, world.dispatcher, with_body(Large::Spool));
  const std::string wanted = "GET /x HTTP/1.1\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + text;
  Peer first = driver.meet(world.backend);
  const std::size_t heard = GENERATE(as<std::size_t>(), 1, 1000000);
  static_cast<void>(driver.hear(first, std::min(heard, wanted.size())));
  first.close();
  const Peer second = driver.meet(other);
  CHECK(driver.hear(second, wanted.size()) == wanted);
  second.say(small_answer);
  CHECK(driver.run().kind == Kind::Answered);
  CHECK(world.dispatcher.traffic.back() == std::pair<std::uint64_t, std::uint64_t>{wanted.size(), small_answer.size()});
  check_told_of_every_end(world);
}

TEST_CASE("a body that has gone by is not sent to another, whatever the dispatcher says", "[exchange]") {
  World world;
  Backend other(world.clock);
  world.dispatcher.targets.push_back(other.target());
  world.dispatcher.stubborn = true;
  world.client.body_script = {bytes(pattern(100000)), test::wait()};
  Driver driver(world.clock, world.client, world.dispatcher, with_body());
  world.client.away = true;
  Peer peer = driver.meet(world.backend);
  static_cast<void>(driver.hear(peer, 100000));
  peer.close();
  static_cast<void>(driver.run());
  check_failed(world, driver, Reason::ClosedEarly, 502, false);
  CHECK_FALSE(other.listener.has_visitor());
}

TEST_CASE("when nobody is left the client gets what that means", "[exchange]") {
  World world;
  world.dispatcher.targets.clear();
  Driver driver(world.clock, world.client, world.dispatcher);
  const Outcome& outcome = driver.run();
  CHECK(outcome.kind == Kind::Failed);
  CHECK(outcome.status == 503);
  CHECK(outcome.failure.reason == Reason::NoMember);
}

TEST_CASE("a member that was marked in the moment between choice and use costs no request", "[exchange]") {
  World world;
  world.dispatcher.unusable_at_first = true;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  peer.say(small_answer);
  CHECK(driver.run().kind == Kind::Answered);
  REQUIRE(world.dispatcher.failures.size() == 1);
  CHECK(world.dispatcher.failures[0].failure.reason == Reason::MemberUnusable);
}

TEST_CASE("when nobody is there just now the dispatcher is asked again", "[exchange]") {
  World world;
  const Target target = world.dispatcher.targets.front();
  world.dispatcher.targets.clear();
  world.dispatcher.again_after = 100ms;
  Driver driver(world.clock, world.client, world.dispatcher);
  for (int times = 0; times < 3; ++times) {
    driver.settle();
    REQUIRE(driver.step.kind == Step::Kind::Wait);
    CHECK_FALSE(driver.step.wait.backend.any());
    CHECK_FALSE(driver.step.wait.client.any());
    CHECK(driver.patience() == 100ms);
    driver.time_out();
  }
  SECTION("and has somebody") {
    world.dispatcher.targets = {target};
    driver.time_out();
    const Peer peer = driver.meet(world.backend);
    peer.say(small_answer);
    CHECK(driver.run().kind == Kind::Answered);
  }
  SECTION("and gives up") {
    world.dispatcher.again_after.reset();
    driver.time_out();
    CHECK(driver.outcome().kind == Kind::Failed);
    CHECK(driver.outcome().failure.reason == Reason::NoMember);
  }
}

TEST_CASE("a target that wants a fresh connection gets none that was kept", "[exchange]") {
  World world;
  const Peer kept = world.keep_connection();
  world.dispatcher.targets.front().fresh = true;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  CHECK(driver.hear_until(peer, "\r\n\r\n") == get_on_the_wire);
  CHECK(kept.hear_at_once().empty());
  peer.say(small_answer);
  CHECK(driver.run().kind == Kind::Answered);
}

TEST_CASE("a pool without a free slot asks the driver to wait for one", "[exchange]") {
  World world;
  Backend narrow(world.clock, {.min = 0, .smax = 1, .max = 1, .ttl = 0s, .acquire = 1s, .reuse = true});
  backend::Result<backend::Lease> taken = narrow.pool().try_acquire();
  world.dispatcher.targets = {narrow.target()};
  Driver driver(world.clock, world.client, world.dispatcher);
  driver.advance();
  REQUIRE(driver.step.kind == Step::Kind::Slot);
  CHECK(driver.exchange().target().pool == &narrow.pool());
  SECTION("it is had") {
    taken->release();
    const Peer peer = driver.meet(narrow);
    peer.say(small_answer);
    CHECK(driver.run().kind == Kind::Answered);
  }
  SECTION("it is not") {
    driver.exchange().got_slot(narrow.pool().try_acquire());
    driver.advance();
    check_failed(world, driver, Reason::PoolExhausted, 503, true);
    CHECK(world.dispatcher.connections == 0);
  }
}

TEST_CASE("a name that has no address is a failure", "[exchange]") {
  World world;
  world.backend.lookup_error = backend::Error{backend::Fault::Lookup, -2};
  Driver driver(world.clock, world.client, world.dispatcher);
  driver.advance();
  REQUIRE(driver.step.kind == Step::Kind::Lookup);
  static_cast<void>(driver.run());
  check_failed(world, driver, Reason::DnsFailed, 500, true);
  CHECK(world.backend.pool().stats().leased == 0);
}

}  // namespace
}  // namespace cxxproxy::exchange
