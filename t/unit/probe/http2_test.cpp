// Questions over HTTP/2.
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <list>

#include "catch.hpp"
#include "exchange/unreachable.hpp"
#include "probe/grpc.hpp"
#include "probe/support.hpp"

namespace cxxproxy::probe {
namespace {

using namespace std::chrono_literals;
using namespace test;
using exchange::test::Driver;
using exchange::test::Http2End;
using exchange::test::pattern;
using Pairs = Question::Fields;

// A question that the backend has heard as a whole.
struct Asked {
  explicit Asked(const std::function<void(Question&)>& change = {}) : asker(world, made(world, change)) {
    asker.start();
    REQUIRE(world.until([this] { return !world.ends.empty() && peer().requests[1].ended; }));
  }

  static Question made(ProbeWorld& world, const std::function<void(Question&)>& change) {
    Question question = world.get_http2();
    if (change) change(question);
    return question;
  }

  Http2End& end() { return world.ends.front(); }
  backend::test::Peer& peer() { return end().peer; }
  void say(std::string_view bytes) { end().pending += bytes; }

  // The backend sees that, and nothing else is left of it.
  bool hangs_up() {
    return world.until([this] { return end().at_end; }) && world.reactor.watched() == 0;
  }

  ProbeWorld world;
  Asker asker;
};

TEST_CASE("a question over HTTP/2 is answered, and its connection ends", "[probe][http2]") {
  Asked asked([](Question& question) {
    question.method = "POST";
    question.body = "how are you";
    question.fields.emplace_back("Content-Type", "text/plain");
  });
  backend::test::Peer::Request& request = asked.peer().requests[1];
  CHECK(request.field(":method") == "POST");
  CHECK(request.field(":scheme") == "http");
  CHECK(request.field(":authority") == "backend.test:81");
  CHECK(request.field(":path") == "/health?deep=1");
  CHECK(request.field("user-agent") == "checker");
  CHECK(request.field("content-type") == "text/plain");
  CHECK(request.body == "how are you");
  asked.peer().interim(1, "103", {{"link", "x"}});
  asked.peer().answer(1, "200", {{"x-state", "good"}}, "well", {{"x-sum", "4"}});
  REQUIRE(asked.asker.answered());
  const Answer& answer = asked.asker.answer;
  CHECK(answer.whole);
  CHECK(answer.wrong.empty());
  CHECK(answer.status == 200);
  CHECK(answer.fields == Pairs{{"x-state", "good"}});
  CHECK(answer.body == "well");
  CHECK(answer.trailers == Pairs{{"x-sum", "4"}});
  CHECK(asked.hangs_up());
  CHECK_FALSE(asked.peer().failed);
}

TEST_CASE("over HTTP/2, too, so much of a body is kept as is wanted", "[probe][http2]") {
  const std::string body = pattern(300'000);
  const std::size_t most = GENERATE(0U, 1U, 65'536U, 300'000U, 300'001U);
  Asked asked([most](Question& question) { question.most_body = most; });
  asked.peer().answer(1, "200", {}, body);
  REQUIRE(asked.asker.answered());
  CHECK(asked.asker.answer.whole);
  CHECK(asked.asker.answer.body == body.substr(0, most));
}

TEST_CASE("a large body of a question goes out as the backend takes it", "[probe][http2]") {
  const std::string body = pattern(200'000);
  Asked asked([&](Question& question) { question.body = body; });
  CHECK(asked.peer().requests[1].body == body);
  asked.peer().answer(1, "204", {}, "");
  REQUIRE(asked.asker.answered());
  CHECK(asked.asker.answer.whole);
}

TEST_CASE("each question over HTTP/2 has a connection of its own", "[probe][http2]") {
  constexpr std::size_t many = 20;
  ProbeWorld world;
  std::list<Asker> askers;
  for (std::size_t i = 0; i < many; ++i) askers.emplace_back(world, world.get_http2()).start();
  REQUIRE(world.until([&] {
    std::size_t asked = 0;
    for (Http2End& end : world.ends) asked += end.peer.requests.count(1);
    return asked == many;
  }));
  CHECK(world.ends.size() == many);
  for (Http2End& end : world.ends) end.peer.answer(1, "200", {}, "ok");
  for (Asker& asker : askers) {
    REQUIRE(asker.answered());
    CHECK(asker.answer.body == "ok");
  }
  CHECK(world.reactor.watched() == 0);
}

TEST_CASE("a backend that goes away answers what it has begun with", "[probe][http2]") {
  Asked asked;
  asked.peer().goaway(1);
  asked.world.settle();
  CHECK(asked.asker.calls == 0);
  asked.peer().answer(1, "200", {}, "last");
  REQUIRE(asked.asker.answered());
  CHECK(asked.asker.answer.whole);
  CHECK(asked.asker.answer.body == "last");
  CHECK(asked.hangs_up());
}

TEST_CASE("a backend that has not begun with a question is asked once more", "[probe][http2]") {
  Asked asked([](Question& question) { question.body = "how are you"; });
  const bool refuses = GENERATE(false, true);
  const auto leave_out = [refuses](backend::test::Peer& peer) {
    if (refuses) {
      peer.reset(1, NGHTTP2_REFUSED_STREAM);
    } else {
      peer.goaway(0);
    }
  };
  leave_out(asked.peer());
  REQUIRE(asked.world.until(
      [&] { return asked.world.ends.size() == 2 && asked.world.ends.back().peer.requests[1].ended; }));
  backend::test::Peer& second = asked.world.ends.back().peer;
  CHECK(second.requests[1].body == "how are you");
  SECTION("it takes it then") {
    second.answer(1, "200", {}, "ok");
    REQUIRE(asked.asker.answered());
    CHECK(asked.asker.answer.whole);
    CHECK(asked.asker.answer.body == "ok");
  }
  SECTION("it leaves it out again") {
    leave_out(second);
    CHECK(asked.asker.trouble() == std::string("closed-early: ") +
                                       (refuses ? "stream refused by the backend" : "backend is going away") +
                                       " (error code 7)");
  }
  CHECK(asked.world.ends.size() == 2);
  CHECK(asked.hangs_up());
}

TEST_CASE("a stream that is reset is described", "[probe][http2]") {
  Asked asked;
  SECTION("before the answer") {
    asked.peer().reset(1, NGHTTP2_INTERNAL_ERROR);
    CHECK(asked.asker.trouble() == "closed-early: stream reset by the backend (error code 2)");
  }
  SECTION("in the answer") {
    asked.say(backend::test::ok(1) + backend::test::data(1, "half"));
    asked.world.settle();
    CHECK(asked.asker.calls == 0);
    asked.peer().reset(1, NGHTTP2_INTERNAL_ERROR);
    CHECK(asked.asker.trouble() == "bad-answer: stream reset by the backend (error code 2)");
  }
  CHECK(asked.hangs_up());
}

TEST_CASE("a backend that closes is described", "[probe][http2]") {
  Asked asked;
  SECTION("before the answer") {
    asked.end().close();
    CHECK(asked.asker.trouble() == "closed-early: connection closed");
  }
  SECTION("in the answer") {
    asked.say(backend::test::ok(1) + backend::test::data(1, "half"));
    asked.world.settle();
    asked.end().close();
    CHECK(asked.asker.trouble() == "bad-answer: connection closed");
  }
  CHECK(asked.world.reactor.watched() == 0);
}

TEST_CASE("a backend that breaks the rules is described", "[probe][http2]") {
  using namespace backend::test;
  Asked asked;
  SECTION("no HTTP/2") {
    asked.say("HTTP/1.1 400 Bad Request\r\n\r\n");
    CHECK(asked.asker.trouble().starts_with("bad-answer: "));
  }
  SECTION("a frame too many") {
    asked.say(data(1, "a body without a head"));
    CHECK(asked.asker.trouble().starts_with("bad-answer: "));
  }
  SECTION("words of farewell that nobody can read") {
    asked.say(frame(goaway_frame, 0, 0, number(0) + number(11) + "calm\r\n\x1b[31mdown"));
    asked.world.settle();
    if (asked.asker.calls == 0) {  // asked once more
      REQUIRE(asked.world.until(
          [&] { return asked.world.ends.size() == 2 && asked.world.ends.back().peer.requests[1].ended; }));
      asked.world.ends.back().pending += frame(goaway_frame, 0, 0, number(0) + number(11) + "calm\r\n\x1b[31mdown");
    }
    const std::string wrong = asked.asker.trouble();
    CAPTURE(wrong);
    CHECK(wrong.starts_with("closed-early: backend is going away"));
    CHECK(std::none_of(wrong.begin(), wrong.end(), [](char c) { return c >= '\0' && c < ' '; }));
  }
  CHECK(asked.world.reactor.watched() == 0);
}

TEST_CASE("silence and dribbling over HTTP/2 end in time", "[probe][http2]") {
  Asked asked;
  SECTION("silence") {
    asked.world.pass(Driver::backend_timeout - 1ms);
    CHECK(asked.asker.calls == 0);
    asked.world.pass(1ms);
    CHECK(asked.asker.trouble() == "timeout: reading the answer");
  }
  SECTION("a byte now and then") {
    asked.say(backend::test::ok(1));
    for (auto time = 0s; time < limit; time += 3s) {
      CHECK(asked.asker.calls == 0);
      asked.say(backend::test::data(1, "x"));
      asked.world.settle();
      asked.world.pass(3s);
    }
    CHECK(asked.asker.trouble() == "not done within 30000 ms");
  }
  SECTION("signs of life without an answer") {
    for (auto time = 0s; time < Driver::backend_timeout; time += 1s) {
      CHECK(asked.asker.calls == 0);
      asked.peer().ping();
      asked.world.settle();
      asked.world.pass(1s);
    }
    CHECK(asked.asker.trouble() == "timeout: reading the answer");
  }
  CHECK(asked.hangs_up());
}

TEST_CASE("a backend of HTTP/2 that refuses or does not take connections is named", "[probe][http2]") {
  ProbeWorld world;
  SECTION("refused") {
    world.backend.endpoints = {exchange::test::refusing()};
    Asker asker(world, world.get_http2());
    CHECK(asker.start().trouble() ==
          "connect-failed: " + world.backend.endpoints.back().text() + " (Connection refused)");
  }
  SECTION("not taken") {
    const exchange::test::FullListener full;
    world.backend.endpoints = {full.endpoint()};
    Asker asker(world, world.get_http2());
    asker.start();
    world.settle();
    world.pass(Driver::connect_timeout);
    CHECK(asker.trouble() == "connect-failed: " + full.endpoint().text() + " (Connection timed out)");
  }
  SECTION("a name without addresses") {
    world.backend.lookup_error = backend::Error{backend::Fault::Lookup, -2};
    Asker asker(world, world.get_http2());
    CHECK(asker.start().trouble() == "dns-failed: name lookup failed: Name or service not known");
  }
  CHECK(world.reactor.watched() == 0);
}

TEST_CASE("a head that cannot be written is not, over HTTP/2", "[probe][http2]") {
  ProbeWorld world;
  Question question = world.get_http2();
  question.path = "/a\r\nb";
  Asker asker(world, question);
  CHECK(asker.start().trouble() == "client-body-bad: the request's head cannot be written");
  CHECK(world.reactor.watched() == 0);
}

TEST_CASE("whoever asked over HTTP/2 may destroy the probe when it hears", "[probe][http2]") {
  Asked asked;
  asked.asker.leaves = true;
  SECTION("of an answer") { asked.peer().answer(1, "200", {}, "ok"); }
  SECTION("of a reset") { asked.peer().reset(1, NGHTTP2_INTERNAL_ERROR); }
  SECTION("of a close") { asked.end().close(); }
  SECTION("of the limit") { asked.world.pass(limit); }
  REQUIRE(asked.asker.answered());
  CHECK(asked.asker.probe == nullptr);
  asked.world.pass(2 * limit);
  CHECK(asked.asker.calls == 1);
  CHECK(asked.world.reactor.watched() == 0);
}

TEST_CASE("a probe over HTTP/2 that is destroyed in the middle closes its connection", "[probe][http2]") {
  Asked asked;
  SECTION("before the answer") {}
  SECTION("in the answer") {
    asked.say(backend::test::ok(1) + backend::test::data(1, "half"));
    asked.world.settle();
  }
  asked.asker.probe.reset();
  CHECK(asked.hangs_up());
  asked.world.pass(2 * limit);
  CHECK(asked.asker.calls == 0);
}

TEST_CASE("however a probe over HTTP/2 ends, no descriptor is left", "[probe][http2]") {
  const std::size_t before = open_descriptors();
  for (int round = 0; round < 10; ++round) {
    Asked answered;
    answered.peer().answer(1, "200", {}, "ok");
    REQUIRE(answered.asker.answered());
    Asked left_alone;
    left_alone.asker.probe.reset();
    Asked late;
    late.world.pass(limit);
    REQUIRE(late.asker.calls == 1);
    const std::size_t with_worlds = open_descriptors();
    late.asker.probe.reset();
    answered.asker.probe.reset();
    CHECK(open_descriptors() == with_worlds);  // it was closed when it was over
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("a backend is asked by gRPC whether it is well", "[probe][http2]") {
  Asked asked([](Question& question) {
    question.method = "POST";
    question.path = grpc_health_path;
    question.fields = {{"content-type", "application/grpc"}};
    question.body = grpc_health_request("shop");
  });
  backend::test::Peer::Request& request = asked.peer().requests[1];
  CHECK(request.field("te") == "trailers");
  CHECK(request.body == std::string("\0\0\0\0\x06\x0a\x04shop", 11));
  const std::string serving("\0\0\0\0\x02\x08\x01", 7);
  asked.peer().answer(1, "200", {{"content-type", "application/grpc"}}, serving, {{"grpc-status", "0"}});
  REQUIRE(asked.asker.answered());
  CHECK(grpc_health_trouble(asked.asker.answer).empty());
}

}  // namespace
}  // namespace cxxproxy::probe
