// A body that waits for the 100 of its backend.
#include "catch.hpp"
#include "exchange/exchange.hpp"
#include "exchange/support.hpp"

namespace cxxproxy::exchange {
namespace {

using namespace test;

// The client said Expect: 100-continue, or the backend is probed.
BodyRules after_continue(World& world, bool read_ahead, std::uint64_t length) {
  for (Target& target : world.dispatcher.targets) target.wait_for_continue = true;
  BodyRules rules = with_body(Large::Length, length);
  rules.read_ahead = read_ahead;
  return rules;
}

TEST_CASE("a body that waits for a 100 goes out when it comes", "[exchange]") {
  World world;
  const bool read_ahead = GENERATE(true, false);
  world.client.body_script = {bytes("hello")};
  world.dispatcher.post();
  Driver driver(world.clock, world.client, world.dispatcher, after_continue(world, read_ahead, 5));
  const Peer peer = driver.meet(world.backend);
  CHECK(driver.hear_until(peer, "\r\n\r\n") == "POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\n");
  CHECK(driver.patience() == Driver::backend_timeout);
  CHECK((world.client.bodies_read > 0) == read_ahead);
  peer.say("HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(driver.hear_until(peer, "hello") == "hello");
  peer.say(small_answer);
  CHECK(driver.run().kind == Kind::Answered);
  CHECK_FALSE(driver.outcome().body_unread);
  CHECK(world.client.events == Events{"interim 100", "head 200", "end"});
  CHECK(world.backend.pool().stats().idle == 1);
}

TEST_CASE("a target may want to see its 100 first whatever the client asked for", "[exchange]") {
  World world;
  world.client.body_script = {bytes("hello")};
  world.dispatcher.post();
  world.dispatcher.targets.front().wait_for_continue = true;
  world.dispatcher.targets.front().extra_crlf = true;
  Driver driver(world.clock, world.client, world.dispatcher, with_body());
  const Peer peer = driver.meet(world.backend);
  CHECK(driver.hear_until(peer, "\r\n\r\n") == "POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\n");
  CHECK(peer.hear_at_once().empty());
  peer.say("HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(driver.hear_until(peer, "\r\n") == "hello\r\n");
  peer.say(small_answer);
  CHECK(driver.run().kind == Kind::Answered);
}

TEST_CASE("an interim answer other than 100 does not let the body go", "[exchange]") {
  World world;
  world.client.body_script = {bytes("hello")};
  world.dispatcher.post();
  Driver driver(world.clock, world.client, world.dispatcher, after_continue(world, true, 5));
  const Peer peer = driver.meet(world.backend);
  static_cast<void>(driver.hear_until(peer, "\r\n\r\n"));
  driver.tell(peer, "HTTP/1.1 103 Early Hints\r\n\r\n");
  CHECK(peer.hear_at_once().empty());
  peer.say("HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(driver.hear_until(peer, "hello") == "hello");
}

TEST_CASE("a final answer instead of a 100 is delivered without the body", "[exchange]") {
  World world;
  const bool read_ahead = GENERATE(true, false);
  const bool at_once = GENERATE(true, false);
  world.client.body_script = {bytes("hello")};
  world.dispatcher.post();
  world.dispatcher.targets.front().continue_timeout = Driver::continue_timeout;
  Driver driver(world.clock, world.client, world.dispatcher, after_continue(world, read_ahead, 5));
  const Peer peer = driver.meet(world.backend);
  const std::string head = driver.hear_until(peer, "\r\n\r\n");
  if (at_once) {
    peer.say("HTTP/1.1 417 No\r\nContent-Length: 2\r\n\r\nno");
  } else {
    driver.tell(peer, "HTTP/1.1 417 No\r\nContent-Length: 2\r\n\r\nn");
    CHECK_FALSE(driver.step.wait.client.any());
    CHECK(driver.patience() == Driver::backend_timeout);
    peer.say("o");
  }
  const Outcome& outcome = driver.run();
  CHECK(outcome.kind == Kind::Answered);
  CHECK(outcome.status == 417);
  CHECK(outcome.body_unread == !read_ahead);
  CHECK(world.client.received == "no");
  CHECK(peer.hear_at_once().empty());
  CHECK(peer.sees_close());
  CHECK(world.dispatcher.traffic[0].first == head.size());
}

TEST_CASE("an answer that follows its 100 at once is delivered", "[exchange]") {
  World world;
  world.client.body_script = {bytes("hello")};
  world.dispatcher.post();
  Driver driver(world.clock, world.client, world.dispatcher, after_continue(world, false, 5));
  const Peer peer = driver.meet(world.backend);
  peer.say("HTTP/1.1 100 Continue\r\n\r\n" + std::string(small_answer));
  CHECK(driver.run().kind == Kind::Answered);
  CHECK(driver.outcome().body_unread);
  CHECK(world.backend.pool().stats().idle == 0);
}

TEST_CASE("a request without a body waits for no 100", "[exchange]") {
  World world;
  world.dispatcher.targets.front().wait_for_continue = true;
  world.dispatcher.targets.front().continue_timeout = Driver::continue_timeout;
  Driver driver(world.clock, world.client, world.dispatcher, BodyRules{});
  const Peer peer = driver.meet(world.backend);
  CHECK(driver.hear_until(peer, "\r\n\r\n") == get_on_the_wire);
  CHECK(driver.patience() == Driver::backend_timeout);
  peer.say(small_answer);
  CHECK(driver.run().kind == Kind::Answered);
  CHECK(world.backend.pool().stats().idle == 1);
}

TEST_CASE("a backend that gives no sign of life in time is asked once more on a fresh connection", "[exchange]") {
  World world;
  const bool kept = GENERATE(true, false);
  Peer first;
  if (kept) first = world.keep_connection();
  world.client.body_script = {bytes("hello")};
  world.dispatcher.post();
  world.dispatcher.targets.front().continue_timeout = Driver::continue_timeout;
  Driver driver(world.clock, world.client, world.dispatcher, after_continue(world, true, 5));
  if (!kept) first = driver.meet(world.backend);
  const std::string head = driver.hear_until(first, "\r\n\r\n");
  CHECK(driver.patience() == Driver::continue_timeout);
  driver.time_out();
  const Peer second = driver.meet(world.backend);
  CHECK(first.sees_close());
  CHECK(driver.hear_until(second, "\r\n\r\n") == head);
  CHECK(world.dispatcher.failures.empty());
  SECTION("which it answers") {
    second.say("HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(driver.hear_until(second, "hello") == "hello");
    second.say(small_answer);
    CHECK(driver.run().kind == Kind::Answered);
    CHECK(world.backend.pool().stats().idle == 1);
  }
  SECTION("and then given up") {
    driver.time_out();
    check_failed(world, driver, Reason::ProbeFailed, 503, true);
    check_told_of_every_end(world);
  }
}

TEST_CASE("after a failed probe another backend gets the whole request", "[exchange]") {
  World world;
  Backend other(world.clock);
  world.client.body_script = {bytes("hello")};
  world.dispatcher.post();
  world.dispatcher.targets.push_back(other.target());
  for (Target& target : world.dispatcher.targets) target.continue_timeout = Driver::continue_timeout;
  Driver driver(world.clock, world.client, world.dispatcher, after_continue(world, true, 5));
  const Peer first = driver.meet(world.backend);
  driver.time_out();
  const Peer again = driver.meet(world.backend);
  driver.time_out();
  const Peer second = driver.meet(other);
  const std::string head = driver.hear_until(second, "\r\n\r\n");
  CHECK(head == "POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\n");
  second.say("HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(driver.hear_until(second, "hello") == "hello");
  second.say(small_answer);
  CHECK(driver.run().kind == Kind::Answered);
  CHECK(world.dispatcher.failures.size() == 1);
  CHECK(world.dispatcher.connections == 3);
  CHECK(world.dispatcher.traffic.size() == 3);
}

TEST_CASE("without a limit of its own a 100 may take as long as an answer", "[exchange]") {
  World world;
  world.client.body_script = {bytes("hello")};
  world.dispatcher.post();
  Driver driver(world.clock, world.client, world.dispatcher, after_continue(world, true, 5));
  const Peer peer = driver.meet(world.backend);
  CHECK(driver.patience() == Driver::backend_timeout);
  driver.time_out();
  check_failed(world, driver, Reason::ProbeFailed, 503, true);
}

}  // namespace
}  // namespace cxxproxy::exchange
