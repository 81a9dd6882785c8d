// Questions over HTTP/1, and those that only connect: what is asked, and what comes of answers.
#include <list>

#include "catch.hpp"
#include "probe/support.hpp"

namespace cxxproxy::probe {
namespace {

using namespace std::chrono_literals;
using namespace test;
using exchange::test::pattern;
using exchange::test::Peer;
using Pairs = Question::Fields;

// What comes of that answer, all of it said at once.
struct Told {
  explicit Told(std::string_view text, std::size_t most_body = 1000) {
    Question question = world.get();
    question.most_body = most_body;
    Asker asker(world, question);
    asker.start();
    const Peer peer = world.meet();
    asked = world.hear_until(peer, "\r\n\r\n");
    peer.say(text);
    REQUIRE(asker.answered());
    CHECK(world.hear_to_the_end(peer).empty());
    CHECK(world.reactor.watched() == 0);
    answer = asker.answer;
  }

  ProbeWorld world;
  std::string asked;
  Answer answer;
};

TEST_CASE("a question has the bytes it is made of, and its answer is whole", "[probe]") {
  const Told told("HTTP/1.1 200 Fine\r\nX-State: good\r\nx-state: late\r\nContent-Length: 5\r\n\r\nhello");
  CHECK(told.asked == get_on_the_wire);
  CHECK(told.answer.whole);
  CHECK(told.answer.wrong.empty());
  CHECK(told.answer.status == 200);
  CHECK(told.answer.fields == Pairs{{"X-State", "good"}, {"x-state", "late"}, {"Content-Length", "5"}});
  CHECK(told.answer.body == "hello");
  CHECK(told.answer.trailers.empty());
}

TEST_CASE("an answer's fields are found in any case, the first of a name", "[probe]") {
  const Told told("HTTP/1.1 200 Fine\r\nX-State: good\r\nx-state: late\r\nContent-Length: 0\r\n\r\n");
  REQUIRE(told.answer.field("X-STATE"));
  CHECK(*told.answer.field("X-STATE") == "good");
  CHECK(told.answer.field("X-Stat") == nullptr);
  CHECK(told.answer.field("") == nullptr);
}

TEST_CASE("a question of HTTP/1.0 says so", "[probe]") {
  ProbeWorld world;
  Question question = world.get();
  question.minor_version = 0;
  question.method = "OPTIONS";
  question.path = "*";
  question.fields.clear();
  Asker asker(world, question);
  asker.start();
  const Peer peer = world.meet();
  CHECK(world.hear_until(peer, "\r\n\r\n") == "OPTIONS * HTTP/1.0\r\nHost: backend.test:81\r\n\r\n");
  peer.say("HTTP/1.0 503 Not now\r\n\r\nwait");
  world.settle();
  CHECK(asker.calls == 0);
  SECTION("the answer ends with the connection") {
    ::shutdown(peer.fd().get(), SHUT_WR);
    REQUIRE(asker.answered());
    CHECK(asker.answer.whole);
    CHECK(asker.answer.status == 503);
    CHECK(asker.answer.body == "wait");
  }
}

TEST_CASE("of a body so much is kept as is wanted, and all of it is read", "[probe]") {
  const std::string body = pattern(100'000);
  const std::size_t most = GENERATE(0U, 1U, 4096U, 99'999U, 100'000U, 100'001U);
  const bool chunked = GENERATE(false, true);
  const std::string head = "HTTP/1.1 200 OK\r\n";
  const Told told(chunked ? head + "Transfer-Encoding: chunked\r\n\r\n186A0\r\n" + body + "\r\n0\r\nX-Sum: 7\r\n\r\n"
                          : head + "Content-Length: 100000\r\n\r\n" + body,
                  most);
  CHECK(told.answer.whole);
  CHECK(told.answer.body == body.substr(0, most));
  CHECK(told.answer.trailers == (chunked ? Pairs{{"X-Sum", "7"}} : Pairs{}));
}

TEST_CASE("a body of many pieces is put together", "[probe]") {
  ProbeWorld world;
  Question question = world.get();
  question.most_body = 7;
  Asker asker(world, question);
  asker.start();
  const Peer peer = world.meet();
  static_cast<void>(world.hear_until(peer, "\r\n\r\n"));
  for (const char byte : std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789")) {
    CHECK(asker.calls == 0);
    peer.say({&byte, 1});
    world.settle();
  }
  REQUIRE(asker.answered());
  CHECK(asker.answer.body == "0123456");
}

TEST_CASE("answers without a body are whole at once", "[probe]") {
  CHECK(Told("HTTP/1.1 204 Nothing\r\n\r\n").answer.status == 204);
  CHECK(Told("HTTP/1.1 304 Same\r\nContent-Length: 9\r\n\r\n").answer.whole);

  ProbeWorld world;
  Asker asker(world, world.head());
  asker.start();
  const Peer peer = world.meet();
  CHECK(world.hear_until(peer, "\r\n\r\n").starts_with("HEAD /health?deep=1 HTTP/1.1\r\n"));
  peer.say("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n");
  REQUIRE(asker.answered());
  CHECK(asker.answer.whole);
}

TEST_CASE("interim answers are passed over", "[probe]") {
  const Told told("HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(told.answer.whole);
  CHECK(told.answer.status == 200);
  CHECK(told.answer.field("link") == nullptr);
}

TEST_CASE("any status is an answer", "[probe]") {
  const int status = GENERATE(200, 301, 404, 500, 503, 599);
  const Told told("HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: 0\r\n\r\n");
  CHECK(told.answer.whole);
  CHECK(told.answer.status == status);
}

TEST_CASE("a connection that is made is enough when it is all that is asked for", "[probe]") {
  ProbeWorld world;
  Asker asker(world, world.connect());
  asker.start();
  REQUIRE(asker.answered());
  CHECK(asker.answer.whole);
  CHECK(asker.answer.wrong.empty());
  CHECK(asker.answer.status == 0);
  const Peer peer = world.meet();
  CHECK(world.hear_to_the_end(peer).empty());
  CHECK_FALSE(world.backend.listener.has_visitor());
  CHECK(world.reactor.watched() == 0);
}

TEST_CASE("whoever asked may destroy the probe when it hears", "[probe]") {
  ProbeWorld world;
  bool connects = false;
  SECTION("a connection") { connects = true; }
  SECTION("an answer") {}
  SECTION("a refusal") { world.backend.listener.stop_listening(); }
  SECTION("a refusal of a connection") {
    world.backend.listener.stop_listening();
    connects = true;
  }
  SECTION("a name without addresses") { world.backend.lookup_error = backend::Error{backend::Fault::Lookup, -2}; }
  SECTION("no answer in time") {}
  Asker asker(world, connects ? world.connect() : world.get());
  asker.leaves = true;
  asker.start();
  if (world.until([&] { return world.backend.listener.has_visitor() || asker.calls > 0; }) && asker.calls == 0) {
    const Peer peer = world.meet();
    peer.say(exchange::test::small_answer);
    REQUIRE(asker.answered());
  }
  CHECK(asker.calls == 1);
  CHECK(asker.probe == nullptr);
  world.pass(2 * limit);
  CHECK(asker.calls == 1);
  CHECK(world.reactor.watched() == 0);
}

TEST_CASE("a probe that is destroyed in the middle closes its connection and says nothing", "[probe]") {
  ProbeWorld world;
  Asker asker(world, world.get());
  asker.start();
  const Peer peer = world.meet();
  SECTION("before it has sent anything") {}
  SECTION("before the answer") { static_cast<void>(world.hear_until(peer, "\r\n\r\n")); }
  SECTION("in the answer") {
    peer.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    world.settle();
  }
  asker.probe.reset();
  CHECK(peer.sees_close());
  world.pass(2 * limit);
  CHECK(asker.calls == 0);
  CHECK(world.reactor.watched() == 0);
}

TEST_CASE("a probe that never started says nothing", "[probe]") {
  ProbeWorld world;
  Asker asker(world, world.get());
  asker.probe.reset();
  world.pass(2 * limit);
  CHECK(asker.calls == 0);
  CHECK(world.lookups.empty());
}

TEST_CASE("many probes on one reactor each get their own answer", "[probe]") {
  constexpr std::size_t many = 60;
  ProbeWorld world;
  std::list<Asker> askers;
  for (std::size_t i = 0; i < many; ++i) {
    Question question = world.get();
    question.path = "/" + std::to_string(i);
    askers.emplace_back(world, question).start();
  }
  for (std::size_t i = 0; i < many; ++i) {
    const Peer peer = world.meet();
    const std::string asked = world.hear_until(peer, "\r\n\r\n");
    const std::string path = asked.substr(4, asked.find(' ', 4) - 4);
    peer.say("HTTP/1.1 200 OK\r\nX-Path: " + path + "\r\nContent-Length: 0\r\n\r\n");
    world.settle();
  }
  for (std::size_t i = 0; Asker & asker : askers) {
    REQUIRE(asker.answered());
    REQUIRE(asker.answer.field("x-path"));
    CHECK(*asker.answer.field("x-path") == "/" + std::to_string(i++));
  }
  CHECK(world.reactor.watched() == 0);
}

TEST_CASE("however a probe ends, no descriptor is left", "[probe]") {
  ProbeWorld world;
  const std::size_t before = open_descriptors();
  for (int round = 0; round < 20; ++round) {
    Asker whole(world, world.get());
    whole.start();
    const Peer talks = world.meet();
    talks.say(exchange::test::small_answer);
    REQUIRE(whole.answered());
    Asker given_up(world, world.get());
    given_up.start();
    const Peer waits = world.meet();
    given_up.probe.reset();
    Asker late(world, world.get());
    late.start();
    const Peer silent = world.meet();
    world.pass(limit);
    REQUIRE(late.calls == 1);
    Asker connects(world, world.connect());
    connects.start();
    REQUIRE(connects.answered());
    static_cast<void>(world.meet());
  }
  CHECK(open_descriptors() == before);
}

}  // namespace
}  // namespace cxxproxy::probe
