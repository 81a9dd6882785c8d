#include "exchange/exchange.hpp"

#include <vector>

#include "catch.hpp"
#include "exchange/support.hpp"
#include "wire/chunk_reader.hpp"

namespace cxxproxy::exchange {
namespace {

using namespace test;

std::string unchunked(std::string_view text) {
  wire::ChunkReader reader;
  reader.start(100);
  std::string data;
  for (;;) {
    switch (reader.on_bytes(text)) {
      case wire::ChunkReader::Result::Data:
        data += reader.data();
        break;
      case wire::ChunkReader::Result::LastChunk:
        return text == "\r\n" ? data : data + " and no end";
      default:
        return data + " and broken";
    }
  }
}

TEST_CASE("a large body arrives whole in each framing", "[exchange]") {
  World world;
  const Large large = GENERATE(Large::Length, Large::Chunked, Large::Spool);
  const std::size_t size = GENERATE(as<std::size_t>(), RequestBody::kept_limit, 300001);
  const std::string text = pattern(size);
  const std::size_t piece = 7777;
  for (std::size_t at = 0; at < size; at += piece) {
    world.client.body_script.push_back(bytes(text.substr(at, piece)));
    world.client.body_script.push_back(test::wait());
  }
  world.dispatcher.post();
  Driver driver(world.clock, world.client, world.dispatcher, with_body(large, size));
  const Peer peer = driver.meet(world.backend);
  const std::string by_length = post_with_length(text);
  if (large == Large::Chunked) {
    const std::string head = "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::string heard = driver.hear_until(peer, "0\r\n\r\n");
    REQUIRE(heard.starts_with(head));
    CHECK(unchunked(std::string_view(heard).substr(head.size())) == text);
  } else {
    CHECK(driver.hear(peer, by_length.size()) == by_length);
  }
  peer.say(small_answer);
  CHECK(driver.run().kind == Kind::Answered);
  CHECK_FALSE(driver.outcome().body_unread);
  CHECK(world.backend.pool().stats().idle == 1);
}

TEST_CASE("a body other than its declared length never makes a complete request", "[exchange]") {
  World world;
  const std::size_t declared = 20000;
  const std::size_t size = GENERATE(as<std::size_t>(), 19999, 20001, 90000);
  world.client.body_script = {bytes(pattern(size))};
  world.dispatcher.post();
  Driver driver(world.clock, world.client, world.dispatcher, with_body(Large::Length, declared));
  const Peer peer = driver.meet(world.backend);
  static_cast<void>(driver.run());
  check_failed(world, driver, Reason::ClientBodyBad, 500, false);
  const std::string head = "POST /x HTTP/1.1\r\nContent-Length: 20000\r\n\r\n";
  CHECK(peer.hear_at_once().size() < head.size() + declared);
  CHECK(peer.at_end());
  CHECK(world.backend.pool().stats().idle == 0);
}

TEST_CASE("an early answer is delivered, and neither connection goes on", "[exchange]") {
  World world;
  world.client.body_script = {bytes(pattern(20000)), test::wait(), bytes("more")};
  world.dispatcher.post();
  Driver driver(world.clock, world.client, world.dispatcher, with_body());
  world.client.away = true;
  const Peer peer = driver.meet(world.backend);
  static_cast<void>(driver.hear(peer, 20000));
  CHECK(driver.step.wait.client.readable);
  CHECK(driver.step.wait.backend.readable);
  CHECK(driver.patience() == Driver::client_timeout);
  peer.say(small_answer);
  const Outcome& outcome = driver.run();
  CHECK(outcome.kind == Kind::Answered);
  CHECK(outcome.body_unread);
  CHECK(world.client.received == "ok");
  CHECK(world.backend.pool().stats().idle == 0);
  CHECK(peer.sees_close());
}

TEST_CASE("an early answer that is not complete does not stop the body", "[exchange]") {
  World world;
  world.client.body_script = {bytes(pattern(20000)), test::wait(), bytes("the end")};
  world.dispatcher.post();
  Driver driver(world.clock, world.client, world.dispatcher, with_body());
  world.client.away = true;
  const Peer peer = driver.meet(world.backend);
  static_cast<void>(driver.hear(peer, 20000));
  driver.tell(peer, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhe");
  CHECK(world.client.received == "he");
  world.client.away = false;
  CHECK(driver.hear_until(peer, "0\r\n\r\n") == "7\r\nthe end\r\n0\r\n\r\n");
  peer.say("re");
  CHECK(driver.run().kind == Kind::Answered);
  CHECK_FALSE(driver.outcome().body_unread);
  CHECK(world.backend.pool().stats().idle == 1);
}

TEST_CASE("an answer that comes with the reset of its connection is delivered", "[exchange]") {
  World world;
  world.client.body_script = {bytes(pattern(20000)), test::wait(), bytes(pattern(10000)), test::wait()};
  world.client.away = true;
  world.dispatcher.post();
  Driver driver(world.clock, world.client, world.dispatcher, with_body());
  Peer peer = driver.meet(world.backend);
  peer.say("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
  peer.close();  // with much of the body unread: a reset follows the answer
  REQUIRE(backend::test::await({driver.step.wait.backend.fd, true, false}));
  // The client's bytes come first, so that the reset is found out by sending.
  world.client.body_script.pop_front();
  driver.advance({.backend = {}, .client = {true, false}, .timed_out = false, .error = 0});
  CHECK(driver.run().status == 413);
  CHECK(driver.outcome().kind == Kind::Answered);
  CHECK(driver.outcome().body_unread);
}

TEST_CASE("a backend that takes no more of the body is a send timeout", "[exchange]") {
  World world;
  world.client.body_script = {bytes(pattern(32 << 20))};
  world.dispatcher.post();
  Driver driver(world.clock, world.client, world.dispatcher, with_body());
  const Peer peer = driver.meet(world.backend);
  driver.settle();
  CHECK(driver.step.wait.backend.writable);
  CHECK(driver.step.wait.backend.readable);
  CHECK(driver.patience() == Driver::backend_timeout);
  driver.time_out();
  check_failed(world, driver, Reason::SendTimeout, 504, false);
  CHECK(driver.outcome().body_unread);
}

TEST_CASE("a client whose body does not come gets a 408", "[exchange]") {
  World world;
  world.dispatcher.post();
  SECTION("before anybody was asked") {
    world.client.body_script = {bytes("hel"), test::wait(), test::wait()};
    Driver driver(world.clock, world.client, world.dispatcher, with_body());
    world.client.away = true;
    driver.settle();
    CHECK(driver.step.wait.client.readable);
    CHECK_FALSE(driver.step.wait.backend.any());
    CHECK(driver.patience() == Driver::client_timeout);
    driver.time_out();
    CHECK(driver.outcome().kind == Kind::Failed);
    CHECK(driver.outcome().status == 408);
    CHECK(driver.outcome().body_unread);
    CHECK(world.dispatcher.connections == 0);
    CHECK_FALSE(world.backend.listener.has_visitor());
  }
  SECTION("in the midst of it") {
    world.client.body_script = {bytes(pattern(20000)), test::wait(), test::wait()};
    Driver driver(world.clock, world.client, world.dispatcher, with_body());
    world.client.away = true;
    const Peer peer = driver.meet(world.backend);
    CHECK(driver.patience() == Driver::client_timeout);
    driver.time_out();
    check_failed(world, driver, Reason::ClientTimeout, 408, false);
    CHECK(peer.sees_close());
  }
}

TEST_CASE("a client's bad body has the status that the client deserves", "[exchange]") {
  World world;
  world.dispatcher.post();
  SECTION("before anybody was asked") {
    world.client.body_script = {bytes("hel"), failed(413)};
    Driver driver(world.clock, world.client, world.dispatcher, with_body());
    CHECK(driver.run().kind == Kind::Failed);
    CHECK(driver.outcome().status == 413);
    CHECK(driver.outcome().failure.reason == Reason::ClientBodyBad);
    CHECK(world.dispatcher.connections == 0);
  }
  SECTION("in the midst of it") {
    world.client.body_script = {bytes(pattern(20000)), failed(413)};
    Driver driver(world.clock, world.client, world.dispatcher, with_body());
    static_cast<void>(driver.run());
    check_failed(world, driver, Reason::ClientBodyBad, 413, false);
    CHECK(driver.outcome().body_unread);
    check_told_of_every_end(world);
  }
}

TEST_CASE("a client that goes away with its body is gone", "[exchange]") {
  World world;
  const std::size_t size = GENERATE(as<std::size_t>(), 100, 20000);
  world.dispatcher.post();
  world.client.body_script = {bytes(pattern(size)), test::wait(), failed(0)};
  Driver driver(world.clock, world.client, world.dispatcher, with_body());
  CHECK(driver.run().kind == Kind::ClientGone);
  CHECK(world.client.calls_after_end == 0);
  CHECK(world.dispatcher.failures.empty());
  check_told_of_every_end(world);
  CHECK(world.backend.pool().stats().idle == 0);
}

TEST_CASE("a body that breaks off after the answer began cuts the answer", "[exchange]") {
  World world;
  world.dispatcher.post();
  world.client.body_script = {bytes(pattern(20000)), test::wait(), failed(400)};
  Driver driver(world.clock, world.client, world.dispatcher, with_body());
  world.client.away = true;
  const Peer peer = driver.meet(world.backend);
  driver.tell(peer, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhe");
  world.client.away = false;
  CHECK(driver.run().kind == Kind::Cut);
  CHECK(world.client.last_event() == "cut");
  CHECK(world.client.calls_after_end == 0);
}

}  // namespace
}  // namespace cxxproxy::exchange
