#include "exchange/exchange.hpp"

#include <vector>

#include "catch.hpp"
#include "exchange/support.hpp"

namespace cxxproxy::exchange {
namespace {

using namespace test;

// --- an answer ---

TEST_CASE("a GET brings its answer and keeps its connection", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  CHECK(driver.hear_until(peer, "\r\n\r\n") == get_on_the_wire);
  CHECK(driver.step.wait.backend.readable);
  CHECK_FALSE(driver.step.wait.backend.writable);
  CHECK_FALSE(driver.step.wait.client.any());
  CHECK(driver.patience() == Driver::backend_timeout);
  peer.say(small_answer);
  const Outcome& outcome = driver.run();
  CHECK(outcome.kind == Kind::Answered);
  CHECK(outcome.status == 200);
  CHECK_FALSE(outcome.body_unread);
  CHECK(world.client.events == Events{"head 200", "end"});
  CHECK(world.client.received == "ok");
  CHECK(world.dispatcher.connections == 1);
  CHECK(world.dispatcher.traffic == Traffic{{get_on_the_wire.size(), small_answer.size()}});
  CHECK(world.dispatcher.failures.empty());
  CHECK(world.backend.pool().stats().idle == 1);
  CHECK(world.backend.pool().stats().leased == 0);
}

TEST_CASE("an exchange that is over asks for nothing more", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  peer.say(small_answer);
  static_cast<void>(driver.run());
  driver.advance();
  driver.advance({.backend = {true, true}, .client = {true, true}, .timed_out = true, .error = 0});
  CHECK(driver.done());
  CHECK(driver.outcome().kind == Kind::Answered);
  CHECK(world.client.calls_after_end == 0);
  CHECK(world.dispatcher.traffic.size() == 1);
}

TEST_CASE("the next request goes over the kept connection and counts its own bytes", "[exchange]") {
  World world;
  const Peer peer = world.keep_connection();
  Driver driver(world.clock, world.client, world.dispatcher);
  CHECK(driver.hear_until(peer, "\r\n\r\n") == get_on_the_wire);
  peer.say(small_answer);
  CHECK(driver.run().kind == Kind::Answered);
  CHECK_FALSE(world.backend.listener.has_visitor());
  CHECK(world.dispatcher.traffic == Traffic{{get_on_the_wire.size(), small_answer.size()}});
  CHECK(world.backend.pool().stats().idle == 1);
}

TEST_CASE("a connection that may not carry another exchange is closed", "[exchange]") {
  World world;
  const auto [answer, received] = GENERATE(table<std::string, std::string>({
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", "ok"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more", "ok"},
      {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""},
  }));
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  peer.say(answer);
  CHECK(driver.run().kind == Kind::Answered);
  CHECK(world.client.received == received);
  CHECK(world.backend.pool().stats().idle == 0);
  CHECK(peer.sees_close());
  check_told_of_every_end(world);
}

TEST_CASE("bytes that come behind an answer later do not reach the next one", "[exchange]") {
  World world;
  const Peer old = world.keep_connection();
  old.say("HTTP/1.1 200 Poisoned\r\nContent-Length: 3\r\n\r\nbad");
  REQUIRE(backend::test::await({world.kept_descriptor, true, false}));
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  CHECK(old.sees_close());
  peer.say(small_answer);
  CHECK(driver.run().kind == Kind::Answered);
  CHECK(world.client.received == "ok");
}

TEST_CASE("a target that may not be reused keeps no connection", "[exchange]") {
  World world;
  world.dispatcher.targets.front().reuse = false;
  const bool pooled = GENERATE(true, false);
  if (!pooled) world.dispatcher.targets.front().pool = nullptr;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  peer.say(small_answer);
  CHECK(driver.run().kind == Kind::Answered);
  CHECK(world.backend.pool().stats().idle == 0);
  CHECK(peer.sees_close());
}

TEST_CASE("an answer that ends with the connection is complete", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  Peer peer = driver.meet(world.backend);
  static_cast<void>(driver.hear_until(peer, "\r\n\r\n"));
  driver.tell(peer, "HTTP/1.1 200 OK\r\n\r\nall there is");
  CHECK(world.client.received == "all there is");
  CHECK(world.client.held_back == 0);
  peer.close();
  CHECK(driver.run().kind == Kind::Answered);
  CHECK(world.backend.pool().stats().idle == 0);
}

TEST_CASE("an answer is the same however it is split", "[exchange]") {
  const std::string answer =
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n7;ext=1\r\n, world\r\n0\r\nX-Sum: 42\r\n\r\n";
  const auto check = [&](const std::vector<std::size_t>& cuts) {
    World world;
    Driver driver(world.clock, world.client, world.dispatcher);
    const Peer peer = driver.meet(world.backend);
    std::size_t at = 0;
    for (const std::size_t cut : cuts) {
      if (cut > at) driver.tell(peer, std::string_view(answer).substr(at, cut - at));
      at = cut;
      CHECK(world.client.held_back == 0);
    }
    peer.say(std::string_view(answer).substr(at));
    CHECK(driver.run().kind == Kind::Answered);
    CHECK(world.client.received == "hello, world");
    CHECK(world.client.fields[0] == std::pair<std::string, std::string>{"X-A", "b"});
    CHECK(world.client.trailers == decltype(world.client.trailers){{"X-Sum", "42"}});
    CHECK(world.client.events.front() == "interim 103");
    CHECK(world.client.last_event() == "end");
    CHECK(world.backend.pool().stats().idle == 1);
    CHECK(world.dispatcher.traffic == Traffic{{get_on_the_wire.size(), answer.size()}});
  };
  for (std::size_t cut = 0; cut < answer.size(); ++cut) check({cut});
  std::vector<std::size_t> everywhere;
  for (std::size_t cut = 1; cut < answer.size(); ++cut) everywhere.push_back(cut);
  check(everywhere);
}

TEST_CASE("an answer is the same whatever the size of the buffer", "[exchange]") {
  World world;
  const std::size_t buffer = GENERATE(as<std::size_t>(), 1, 2, 7, 64, 4096, 65536);
  const std::size_t read_size = GENERATE(as<std::size_t>(), 0, 1, 100, 1000000);
  const std::string body = pattern(20000);
  world.dispatcher.targets.front().read_size = read_size;
  Driver driver(world.clock, world.client, world.dispatcher);
  driver.buffer_size = buffer;
  const Peer peer = driver.meet(world.backend);
  peer.say("HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + body);
  CHECK(driver.run().kind == Kind::Answered);
  CHECK(world.client.received == body);
  CHECK(world.backend.pool().stats().idle == 1);
}

TEST_CASE("a client is not left without what the backend sent before it paused", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  driver.buffer_size = 64;
  const Peer peer = driver.meet(world.backend);
  std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
  const int buffers = GENERATE(1, 2, 3, 15, 16, 17, 32);
  answer += pattern(static_cast<std::size_t>(buffers) * 64 - answer.size());
  driver.tell(peer, answer);
  CHECK_FALSE(world.client.received.empty());
  CHECK(world.client.held_back == 0);
  driver.advance();
  CHECK(world.client.events.size() < 6);
}

TEST_CASE("interim answers are passed on", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  driver.tell(peer, "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n");
  CHECK(world.client.events == Events{"interim 103", "interim 102"});
  peer.say(small_answer);
  CHECK(driver.run().kind == Kind::Answered);
}

// --- the client ---

TEST_CASE("a client that does not read stops the backend, and misses nothing", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  static_cast<void>(driver.hear_until(peer, "\r\n\r\n"));
  const std::string body = pattern(200000);
  world.client.flows = {Flow::Full, Flow::Full, Flow::Full};
  world.client.away = true;
  driver.tell(peer, "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + body);
  CHECK(driver.step.wait.client.writable);
  CHECK_FALSE(driver.step.wait.backend.any());
  CHECK(driver.patience() == Driver::client_timeout);
  CHECK(world.client.received.size() <= driver.buffer_size);
  driver.advance();
  CHECK(world.client.received.size() <= driver.buffer_size);
  world.client.away = false;
  CHECK(driver.run().kind == Kind::Answered);
  CHECK(world.client.received == body);
  CHECK(world.client.calls_after_end == 0);
  CHECK(world.backend.pool().stats().idle == 1);
}

TEST_CASE("a client that never reads is given up", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  world.client.flows = {Flow::Full};
  world.client.away = true;
  driver.tell(peer, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfoo");
  driver.time_out();
  CHECK(driver.outcome().kind == Kind::ClientGone);
  CHECK(world.dispatcher.failures.empty());
  CHECK(peer.sees_close());
  check_told_of_every_end(world);
}

TEST_CASE("a client that is gone is not spoken to any more", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  SECTION("when the answer comes") { world.client.flows = {Flow::Gone}; }
  SECTION("when it could read again") { world.client.flows = {Flow::Full, Flow::Full, Flow::Gone}; }
  peer.say("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfoo");
  CHECK(driver.run().kind == Kind::ClientGone);
  CHECK(driver.outcome().status == 200);
  CHECK(world.client.last_event() == "gone");
  CHECK(world.client.calls_after_end == 0);
  CHECK(world.dispatcher.failures.empty());
  CHECK(peer.sees_close());
  check_told_of_every_end(world);
}

TEST_CASE("a client may be full and still send its body", "[exchange]") {
  World world;
  world.client.body_script = {bytes(pattern(20000)), test::wait(), bytes("the end")};
  world.dispatcher.post();
  Driver driver(world.clock, world.client, world.dispatcher, with_body());
  world.client.away = true;
  const Peer peer = driver.meet(world.backend);
  static_cast<void>(driver.hear(peer, 20000));
  world.client.flows = {Flow::Full};
  driver.tell(peer, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhe");
  CHECK(driver.step.wait.client.readable);
  CHECK(driver.step.wait.client.writable);
  world.client.body_script.pop_front();
  driver.advance({.backend = {}, .client = {true, false}, .timed_out = false, .error = 0});
  CHECK(driver.hear_until(peer, "0\r\n\r\n") == "7\r\nthe end\r\n0\r\n\r\n");
  CHECK_FALSE(driver.step.wait.client.readable);
  world.client.away = false;
  peer.say("re");
  CHECK(driver.run().kind == Kind::Answered);
  CHECK(world.client.received == "here");
}

}  // namespace
}  // namespace cxxproxy::exchange
