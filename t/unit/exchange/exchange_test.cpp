#include "exchange/exchange.hpp"

#include <vector>

#include "catch.hpp"
#include "exchange/support.hpp"
#include "wire/chunk_reader.hpp"

namespace cxxproxy::exchange {
namespace {

using namespace std::chrono_literals;
using balance::Reason;
using test::Backend;
using test::bytes;
using test::Driver;
using test::failed;
using test::FakeClient;
using test::get_on_the_wire;
using test::pattern;
using test::Peer;
using test::small_answer;
using test::World;
using Events = std::vector<std::string>;
using Kind = Outcome::Kind;
using Large = BodyRules::Large;
using Traffic = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

BodyRules with_body(Large large = Large::Chunked, std::optional<std::uint64_t> length = std::nullopt) {
  BodyRules rules;
  rules.present = true;
  rules.length = length;
  rules.large = large;
  return rules;
}

// The client said Expect: 100-continue, or the backend is probed.
BodyRules after_continue(bool read_ahead, std::uint64_t length) {
  BodyRules rules = with_body(Large::Length, length);
  rules.read_ahead = read_ahead;
  rules.wait_for_continue = true;
  return rules;
}

backend::Endpoint refusing() {
  backend::test::Listener listener = backend::test::Listener::v4();
  listener.stop_listening();
  return listener.endpoint();
}

std::string post_with_length(std::string_view body) {
  return "POST /x HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

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

// The attempt failed for this reason, nobody else was asked, and the client gets this status.
void check_failed(const World& world, const Driver& driver, Reason reason, int status, bool repeatable) {
  CHECK(driver.done());
  CHECK(driver.outcome().kind == Kind::Failed);
  CHECK(driver.outcome().status == status);
  CHECK(driver.outcome().failure.reason == reason);
  REQUIRE(world.dispatcher.failures.size() == 1);
  CHECK(world.dispatcher.failures[0].failure.reason == reason);
  CHECK(world.dispatcher.failures[0].repeatable == repeatable);
  CHECK(world.client.calls_after_end == 0);
}

void check_told_of_every_end(World& world) {
  CHECK(world.dispatcher.traffic.size() == static_cast<std::size_t>(world.dispatcher.connections));
  CHECK(world.backend.pool().stats().leased == 0);
}

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
  REQUIRE(backend::test::await({old.fd().get(), false, true}));
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
  peer.say("HTTP/1.1 200 OK\r\n\r\nall there is");
  driver.settle();
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
      if (cut > at) peer.say(std::string_view(answer).substr(at, cut - at));
      at = cut;
      driver.settle();
      CHECK(world.client.held_back == 0);
    }
    peer.say(std::string_view(answer).substr(at));
    CHECK(driver.run().kind == Kind::Answered);
    CHECK(world.client.received == "hello, world");
    CHECK(world.client.fields[0] == std::pair<std::string, std::string>{"X-A", "b"});
    CHECK(world.client.trailers == decltype(world.client.trailers){{"X-Sum", "42"}});
    CHECK(world.client.events.front() == "interim 103");
    CHECK(world.client.events.back() == "end");
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
  peer.say(answer);
  driver.settle();
  CHECK_FALSE(world.client.received.empty());
  CHECK(world.client.held_back == 0);
  driver.advance();
  CHECK(world.client.events.size() < 6);
}

TEST_CASE("interim answers are passed on", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  peer.say("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n");
  driver.settle();
  CHECK(world.client.events == Events{"interim 103", "interim 102"});
  peer.say(small_answer);
  CHECK(driver.run().kind == Kind::Answered);
}

// --- what is no answer ---

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
  peer.say("HTTP/1.1 200 O");
  driver.settle();
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
  peer.say(head);
  static_cast<void>(driver.hear_until(peer, "\r\n\r\n"));
  driver.settle();
  SECTION("by a close") { peer.close(); }
  SECTION("by a reset") { peer.reset(); }
  SECTION("by silence") { driver.time_out(); }
  const Outcome& outcome = driver.run();
  CHECK(outcome.kind == Kind::Cut);
  CHECK(outcome.status == 200);
  CHECK_FALSE(outcome.failure.detail.empty());
  CHECK(world.client.received == "foo");
  CHECK(world.client.events.back() == "cut");
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
  peer.say("HTTP/1.1 200 OK\r\n");
  driver.settle();
  CHECK(driver.patience() == Driver::backend_timeout);
}

TEST_CASE("a head that cannot be written is our failure, and the connection is accounted for", "[exchange]") {
  World world;
  world.dispatcher.writable = false;
  Driver driver(world.clock, world.client, world.dispatcher);
  static_cast<void>(driver.run());
  check_failed(world, driver, Reason::Internal, 500, true);
  CHECK(world.dispatcher.traffic == Traffic{{0, 0}});
  check_told_of_every_end(world);
}

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
  stale.say("HTTP/1.1 103 Early Hints\r\n\r\n");
  driver.settle();
  stale.close();
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
  driver.client_is_away = true;
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

// --- the request's body ---

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
  driver.client_is_away = true;
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
  driver.client_is_away = true;
  const Peer peer = driver.meet(world.backend);
  static_cast<void>(driver.hear(peer, 20000));
  peer.say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhe");
  driver.settle();
  CHECK(world.client.received == "he");
  driver.client_is_away = false;
  CHECK(driver.hear_until(peer, "0\r\n\r\n") == "7\r\nthe end\r\n0\r\n\r\n");
  peer.say("re");
  CHECK(driver.run().kind == Kind::Answered);
  CHECK_FALSE(driver.outcome().body_unread);
  CHECK(world.backend.pool().stats().idle == 1);
}

TEST_CASE("an answer that comes with the reset of its connection is delivered", "[exchange]") {
  World world;
  world.client.body_script = {bytes(pattern(20000)), test::wait(), bytes(pattern(10000)), test::wait(),
                              bytes(pattern(10000)), test::wait()};
  world.dispatcher.post();
  Driver driver(world.clock, world.client, world.dispatcher, with_body());
  driver.client_is_away = true;
  Peer peer = driver.meet(world.backend);
  driver.settle();
  peer.say("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
  peer.close();  // with much of the body unread: a reset follows the answer
  // The client's bytes first: the backend's end is found out by sending.
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
    driver.client_is_away = true;
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
    driver.client_is_away = true;
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
  driver.client_is_away = true;
  const Peer peer = driver.meet(world.backend);
  peer.say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhe");
  driver.settle();
  driver.client_is_away = false;
  CHECK(driver.run().kind == Kind::Cut);
  CHECK(world.client.events.back() == "cut");
  CHECK(world.client.calls_after_end == 0);
}

// --- 100-continue ---

TEST_CASE("a body that waits for a 100 goes out when it comes", "[exchange]") {
  World world;
  const bool read_ahead = GENERATE(true, false);
  world.client.body_script = {bytes("hello")};
  world.dispatcher.post();
  Driver driver(world.clock, world.client, world.dispatcher, after_continue(read_ahead, 5));
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

TEST_CASE("an interim answer other than 100 does not let the body go", "[exchange]") {
  World world;
  world.client.body_script = {bytes("hello")};
  world.dispatcher.post();
  Driver driver(world.clock, world.client, world.dispatcher, after_continue(true, 5));
  const Peer peer = driver.meet(world.backend);
  static_cast<void>(driver.hear_until(peer, "\r\n\r\n"));
  peer.say("HTTP/1.1 103 Early Hints\r\n\r\n");
  driver.settle();
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
  Driver driver(world.clock, world.client, world.dispatcher, after_continue(read_ahead, 5));
  const Peer peer = driver.meet(world.backend);
  const std::string head = driver.hear_until(peer, "\r\n\r\n");
  if (at_once) {
    peer.say("HTTP/1.1 417 No\r\nContent-Length: 2\r\n\r\nno");
  } else {
    peer.say("HTTP/1.1 417 No\r\nContent-Length: 2\r\n\r\nn");
    driver.settle();
    CHECK_FALSE(driver.step.wait.client.any());
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
  Driver driver(world.clock, world.client, world.dispatcher, after_continue(false, 5));
  const Peer peer = driver.meet(world.backend);
  peer.say("HTTP/1.1 100 Continue\r\n\r\n" + std::string(small_answer));
  CHECK(driver.run().kind == Kind::Answered);
  CHECK(driver.outcome().body_unread);
  CHECK(world.backend.pool().stats().idle == 0);
}

TEST_CASE("a request without a body waits for no 100", "[exchange]") {
  World world;
  BodyRules rules;
  rules.wait_for_continue = true;
  world.dispatcher.targets.front().continue_timeout = Driver::continue_timeout;
  Driver driver(world.clock, world.client, world.dispatcher, rules);
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
  Driver driver(world.clock, world.client, world.dispatcher, after_continue(true, 5));
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
  Driver driver(world.clock, world.client, world.dispatcher, after_continue(true, 5));
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
  Driver driver(world.clock, world.client, world.dispatcher, after_continue(true, 5));
  const Peer peer = driver.meet(world.backend);
  CHECK(driver.patience() == Driver::backend_timeout);
  driver.time_out();
  check_failed(world, driver, Reason::Timeout, 502, false);
}

// --- the client ---

TEST_CASE("a client that does not read stops the backend, and misses nothing", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  static_cast<void>(driver.hear_until(peer, "\r\n\r\n"));
  const std::string body = pattern(200000);
  peer.say("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + body);
  world.client.flows = {Flow::Full, Flow::Full, Flow::Full};
  driver.client_is_away = true;
  driver.settle();
  CHECK(driver.step.wait.client.writable);
  CHECK_FALSE(driver.step.wait.backend.any());
  CHECK(driver.patience() == Driver::client_timeout);
  CHECK(world.client.received.size() <= driver.buffer_size);
  driver.advance();
  CHECK(world.client.received.size() <= driver.buffer_size);
  driver.client_is_away = false;
  CHECK(driver.run().kind == Kind::Answered);
  CHECK(world.client.received == body);
  CHECK(world.client.calls_after_end == 0);
  CHECK(world.backend.pool().stats().idle == 1);
}

TEST_CASE("a client that never reads is given up", "[exchange]") {
  World world;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  peer.say("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfoo");
  world.client.flows = {Flow::Full};
  driver.client_is_away = true;
  driver.settle();
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
  CHECK(world.client.events.back() == "gone");
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
  driver.client_is_away = true;
  const Peer peer = driver.meet(world.backend);
  static_cast<void>(driver.hear(peer, 20000));
  world.client.flows = {Flow::Full};
  peer.say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhe");
  driver.settle();
  CHECK(driver.step.wait.client.readable);
  CHECK(driver.step.wait.client.writable);
  driver.advance({.backend = {}, .client = {true, false}, .timed_out = false, .error = 0});
  CHECK(driver.hear_until(peer, "0\r\n\r\n") == "7\r\nthe end\r\n0\r\n\r\n");
  CHECK_FALSE(driver.step.wait.client.readable);
  driver.client_is_away = false;
  peer.say("re");
  CHECK(driver.run().kind == Kind::Answered);
  CHECK(world.client.received == "here");
}

// --- an answer of our own in its place ---

TEST_CASE("an answer to be discarded is read away and its connection kept", "[exchange]") {
  World world;
  world.client.head_use = HeadUse::Discard;
  Driver driver(world.clock, world.client, world.dispatcher);
  const Peer peer = driver.meet(world.backend);
  peer.say("HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\nfoo");
  driver.settle();
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
  peer.say("HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\nfoo");
  driver.settle();
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
    peer.say(piece);
    driver.settle();
  }
  CHECK(driver.outcome().kind == Kind::Replaced);
  CHECK(pieces < 1000);
  CHECK(world.backend.pool().stats().idle == 0);
  CHECK(peer.sees_close());
}

}  // namespace
}  // namespace cxxproxy::exchange
