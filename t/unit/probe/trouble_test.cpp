// The ways in which a question over HTTP/1 comes to nothing, and what is said of them.
#include <sys/socket.h>

#include <stdexcept>

#include "catch.hpp"
#include "exchange/unreachable.hpp"
#include "probe/support.hpp"

namespace cxxproxy::probe {
namespace {

using namespace std::chrono_literals;
using namespace test;
using exchange::test::Driver;
using exchange::test::FullListener;
using exchange::test::Peer;
using exchange::test::refusing;

// A question that the backend has heard.
struct Asked {
  Asked() {
    asker.start();
    peer = world.meet();
    static_cast<void>(world.hear_until(peer, "\r\n\r\n"));
  }

  ProbeWorld world;
  Asker asker{world, world.get()};
  Peer peer;
};

TEST_CASE("a backend that refuses is named", "[probe]") {
  ProbeWorld world;
  const bool connects = GENERATE(false, true);
  world.backend.endpoints = {refusing(), refusing()};
  Asker asker(world, connects ? world.connect() : world.get());
  CHECK(asker.start().trouble() ==
        "connect-failed: " + world.backend.endpoints.back().text() + " (Connection refused)");
  CHECK(asker.answer.status == 0);
}

TEST_CASE("the next address is asked when one refuses", "[probe]") {
  ProbeWorld world;
  world.backend.endpoints = {refusing(), world.backend.listener.endpoint()};
  Asker asker(world, world.connect());
  asker.start();
  REQUIRE(asker.answered());
  CHECK(asker.answer.whole);
}

TEST_CASE("a backend that takes no connection has its time for that", "[probe]") {
  const FullListener full;
  ProbeWorld world;
  const bool connects = GENERATE(false, true);
  world.backend.endpoints = {full.endpoint()};
  Asker asker(world, connects ? world.connect() : world.get());
  asker.start();
  world.settle();
  world.pass(Driver::connect_timeout - 1ms);
  CHECK(asker.calls == 0);
  world.pass(1ms);
  CHECK(asker.trouble() == "connect-failed: " + full.endpoint().text() + " (Connection timed out)");
}

TEST_CASE("connecting takes no longer than the whole may", "[probe]") {
  const FullListener full;
  ProbeWorld world;
  world.backend.endpoints = {full.endpoint()};
  Question question = GENERATE(false, true) ? world.connect() : world.get();
  question.limit = 2500ms;
  Asker asker(world, question);
  asker.start();
  world.settle();
  world.pass(2499ms);
  CHECK(asker.calls == 0);
  world.pass(1ms);
  CHECK(asker.trouble() == "not done within 2500 ms");
  CHECK(world.reactor.watched() == 0);
}

struct Bad {
  std::string said;
  std::string wrong;
};

TEST_CASE("what is no answer, or half of one, is described", "[probe]") {
  const Bad bad = GENERATE(values<Bad>({
      {"", "closed-early: closed before the answer"},
      {"HTTP/1.1 20", "bad-answer: closed in the head"},
      {"HTTP/1.1 200 OK\r\nX: ", "bad-answer: closed in the head"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "bad-answer: closed in the body"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "bad-answer: closed in the body"},
      {"SSH-2.0-OpenSSH\r\n", "bad-answer: bad status line"},
      {"\x16\x03\x01\x02\x1b[31m\r\n", "bad-answer: bad status line"},
      {"HTTP/2.0 200 OK\r\n\r\n", "bad-answer: bad HTTP version"},
      {"HTTP/1.1 600 OK\r\n\r\n", "bad-answer: bad status code"},
      {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "bad-answer: field without a colon"},
      {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "bad-answer: bad Content-Length"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "bad-answer: bad chunk"},
      {"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
       "bad-answer: an answer that was not asked for or may not be passed on"},
  }));
  CAPTURE(bad.said);
  Asked asked;
  if (!bad.said.empty()) asked.peer.say(bad.said);
  ::shutdown(asked.peer.fd().get(), SHUT_WR);
  CHECK(asked.asker.trouble() == bad.wrong);
  CHECK(asked.peer.sees_close());
}

TEST_CASE("a backend that dies is no answer", "[probe]") {
  Asked asked;
  asked.peer.reset();
  CHECK(asked.asker.trouble() == "closed-early: Connection reset by peer");
}

TEST_CASE("a backend that is silent has its time", "[probe]") {
  Asked asked;
  SECTION("from the beginning") {}
  SECTION("in the head") {
    asked.peer.say("HTTP/1.1 200 ");
    asked.world.settle();
  }
  SECTION("in the body") {
    asked.peer.say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    asked.world.settle();
  }
  asked.world.pass(Driver::backend_timeout - 1ms);
  CHECK(asked.asker.calls == 0);
  asked.world.pass(1ms);
  CHECK(asked.asker.trouble() == "timeout: reading the answer");
  CHECK(asked.peer.sees_close());
}

TEST_CASE("a byte now and then gives the whole no more time", "[probe]") {
  Asked asked;
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
  std::size_t said = 0;
  SECTION("in the head") {}
  SECTION("in the body") { asked.peer.say(answer); }
  for (auto time = 0s; time < limit; time += 3s) {
    CHECK(asked.asker.calls == 0);
    asked.peer.say(answer.substr(said++, 1));
    asked.world.settle();
    asked.world.pass(3s);
  }
  CHECK(asked.asker.trouble() == "not done within 30000 ms");
  CHECK(asked.asker.answer.status == 0);
  CHECK(asked.asker.answer.fields.empty());
  CHECK(asked.asker.answer.body.empty());
  CHECK(asked.peer.sees_close());
}

TEST_CASE("an answer without end is given up at the limit", "[probe]") {
  ProbeWorld world;
  Asker asker(world, world.get());
  asker.start();
  const Peer peer = world.meet();
  peer.say("HTTP/1.1 200 OK\r\n\r\n");
  for (auto time = 0s; time < limit; time += 1s) {
    CHECK(asker.calls == 0);
    peer.say(std::string(10'000, 'x'));
    world.settle();
    world.pass(1s);
  }
  CHECK(asker.trouble() == "not done within 30000 ms");
}

TEST_CASE("an answer may take as long as the whole when it is not silent", "[probe]") {
  Asked asked;
  asked.peer.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
  for (int i = 0; i < 2; ++i) {
    asked.world.settle();
    asked.world.pass(10s);
    asked.peer.say("x");
  }
  REQUIRE(asked.asker.answered());
  CHECK(asked.asker.answer.whole);
  CHECK(asked.asker.answer.body == "xx");
}

TEST_CASE("a name without addresses is said to be one", "[probe]") {
  ProbeWorld world;
  world.backend.lookup_error = backend::Error{backend::Fault::Lookup, -2};
  Asker asker(world, GENERATE(false, true) ? world.connect() : world.get());
  CHECK(asker.start().trouble() == "dns-failed: name lookup failed: Name or service not known");
  CHECK(world.backend.lookups == 1);
}

TEST_CASE("a look-up counts for the limit", "[probe]") {
  ProbeWorld world;
  world.holds_lookups = true;
  Asker asker(world, GENERATE(false, true) ? world.connect() : world.get());
  asker.start();
  world.pass(limit - 1ms);
  CHECK(asker.calls == 0);
  world.pass(1ms);
  CHECK(asker.trouble() == "not done within 30000 ms");
  SECTION("its outcome means nothing to a probe that is over") {}
  SECTION("its outcome means nothing to a probe that is gone") { asker.probe.reset(); }
  world.end_lookups();
  world.settle();
  world.pass(2 * limit);
  CHECK(asker.calls == 1);
  CHECK_FALSE(world.backend.listener.has_visitor());
  CHECK(world.reactor.watched() == 0);
}

TEST_CASE("a look-up that ends when the probe was given up ends there", "[probe]") {
  ProbeWorld world;
  world.holds_lookups = true;
  Asker asker(world, GENERATE(false, true) ? world.connect() : world.get());
  asker.start();
  REQUIRE(world.lookups.size() == 1);
  asker.probe.reset();
  world.end_lookups();
  world.settle();
  CHECK(asker.calls == 0);
  CHECK_FALSE(world.backend.listener.has_visitor());
}

TEST_CASE("a look-up that cannot begin is the end of the question", "[probe]") {
  ProbeWorld world;
  int calls = 0;
  Answer answer;
  Probe probe(
      world.reactor, [](backend::AddressBook&, const Probe::LookedUp&) { throw std::runtime_error("no\nthread\x7f"); },
      world.get(),
      [&](Answer&& what) {
        ++calls;
        answer = std::move(what);
      });
  probe.start();
  world.pass(2 * limit);
  CHECK(calls == 1);
  CHECK_FALSE(answer.whole);
  CHECK(answer.wrong == "no?thread?");
}

TEST_CASE("what cannot be read of a name is not said", "[probe]") {
  ProbeWorld world;
  world.backend.endpoints = {*backend::Endpoint::of_unix_path("/nowhere/a\n\x1b\x7f/b")};
  Asker asker(world, world.connect());
  CHECK(asker.start().trouble() ==
        "connect-failed: /nowhere/a??"
        "?/b (No such file or directory)");
}

TEST_CASE("a question that would be two is not asked", "[probe]") {
  ProbeWorld world;
  Question question = world.get();
  SECTION("in the path") { question.path = "/ HTTP/1.1\r\nX: y"; }
  SECTION("in the host") { question.authority = "a\r\nX: y"; }
  SECTION("in a field's name") { question.fields.emplace_back("X: y\r\nZ", "z"); }
  SECTION("in a field's value") { question.fields.emplace_back("X", "y\r\nZ: z"); }
  SECTION("in the method") { question.method = "GET /a HTTP/1.1\r\nX: y\r\n\r\nGET"; }
  Asker asker(world, question);
  CHECK(asker.start().trouble() == "client-body-bad: the request's head cannot be written");
  const Peer peer = world.meet();
  CHECK(world.hear_to_the_end(peer).empty());
}

}  // namespace
}  // namespace cxxproxy::probe
