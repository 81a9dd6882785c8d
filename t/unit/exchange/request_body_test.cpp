#include "exchange/request_body.hpp"

#include "catch.hpp"
#include "exchange/fakes.hpp"

namespace cxxproxy::exchange {
namespace {

using test::bytes;
using test::failed;
using test::FakeClient;
using test::pattern;
using State = BodyRead::State;
using Framing = BodyPlan::Framing;
using Large = BodyRules::Large;

constexpr std::size_t limit = RequestBody::kept_limit;

BodyRules rules(Large large, std::optional<std::uint64_t> length = std::nullopt) {
  BodyRules rules;
  rules.present = true;
  rules.length = length;
  rules.large = large;
  return rules;
}

struct Sent {
  std::string text;
  State last = State::Bytes;
  int status = 0;
};

// All that next() gives until it gives no more.
Sent send(RequestBody& body, FakeClient& client) {
  Sent sent;
  for (;;) {
    const BodyRead read = body.next(client);
    if (read.state != State::Bytes) return {sent.text, read.state, read.status};
    CHECK_FALSE(read.bytes.empty());
    sent.text += read.bytes;
  }
}

TEST_CASE("a request without a body asks its client for nothing", "[exchange]") {
  FakeClient client;
  RequestBody body({});
  CHECK(body.prepare(client).state == State::End);
  CHECK(body.plan().framing == Framing::None);
  CHECK(send(body, client).last == State::End);
  CHECK(body.all_read());
  CHECK(client.bodies_read == 0);
}

TEST_CASE("a body that can be kept whole has a length, however the client framed it", "[exchange]") {
  const Large large = GENERATE(Large::Length, Large::Chunked, Large::Spool);
  const std::size_t size = GENERATE(as<std::size_t>(), 0, 1, 1000, limit - 1);
  FakeClient client;
  const std::string text = pattern(size);
  if (size > 0) client.body_script = {bytes(text)};
  RequestBody body(rules(large));
  REQUIRE(body.prepare(client).state == State::End);
  CHECK(body.plan().framing == Framing::Length);
  CHECK(body.plan().length == size);
  CHECK(body.all_read());
  for (int attempt = 0; attempt < 3; ++attempt) {
    body.rewind();
    const Sent sent = send(body, client);
    CHECK(sent.text == text);
    CHECK(sent.last == State::End);
    CHECK(body.replayable());
  }
}

TEST_CASE("a client that pauses is waited for before the length is known", "[exchange]") {
  FakeClient client;
  client.body_script = {bytes("one "), test::wait(), bytes("two"), test::wait()};
  RequestBody body(rules(Large::Chunked));
  CHECK(body.prepare(client).state == State::Wait);
  CHECK(body.prepare(client).state == State::Wait);
  CHECK(body.prepare(client).state == State::End);
  CHECK(body.plan().length == 7);
  CHECK(send(body, client).text == "one two");
}

TEST_CASE("reading ahead takes what is there when it may not wait", "[exchange]") {
  FakeClient client;
  client.body_script = {bytes("one "), test::wait(), bytes("two")};
  BodyRules given = rules(Large::Chunked);
  given.may_wait_ahead = false;
  RequestBody body(given);
  CHECK(body.prepare(client).state == State::End);
  CHECK(body.plan().framing == Framing::Chunked);
  CHECK(send(body, client).text == "one two");
  CHECK_FALSE(body.replayable());
}

TEST_CASE("a client that waits for a 100 is not read ahead", "[exchange]") {
  FakeClient client;
  client.body_script = {bytes("hello")};
  BodyRules given = rules(Large::Length, 5);
  given.read_ahead = false;
  RequestBody body(given);
  CHECK(body.prepare(client).state == State::End);
  CHECK(client.bodies_read == 0);
  CHECK(body.plan().framing == Framing::Length);
  CHECK(body.plan().length == 5);
  CHECK_FALSE(body.all_read());
  CHECK(body.replayable());
  CHECK(send(body, client).text == "hello");
  CHECK(body.all_read());
}

TEST_CASE("a body whose length must be known is read ahead even from a client that waits for a 100", "[exchange]") {
  FakeClient client;
  client.body_script = {bytes("hello")};
  BodyRules given = rules(Large::Spool);
  given.read_ahead = false;
  given.may_wait_ahead = false;
  RequestBody body(given);
  CHECK(body.prepare(client).state == State::End);
  CHECK(body.plan().framing == Framing::Length);
  CHECK(body.plan().length == 5);
}

TEST_CASE("a large body streams in chunks when nothing promises its length", "[exchange]") {
  const std::string text = pattern(3 * limit);
  FakeClient client;
  client.body_script = {bytes(text)};
  RequestBody body(rules(GENERATE(Large::Chunked, Large::Length)));
  REQUIRE(body.prepare(client).state == State::End);
  CHECK(body.plan().framing == Framing::Chunked);
  CHECK(body.replayable());
  const Sent sent = send(body, client);
  CHECK(sent.text == text);
  CHECK(sent.last == State::End);
  CHECK_FALSE(body.replayable());
  CHECK(body.all_read());
}

TEST_CASE("a large body keeps the length it was declared with", "[exchange]") {
  const std::string text = pattern(3 * limit);
  FakeClient client;
  client.body_script = {bytes(text)};
  RequestBody body(rules(Large::Length, text.size()));
  REQUIRE(body.prepare(client).state == State::End);
  CHECK(body.plan().framing == Framing::Length);
  CHECK(body.plan().length == text.size());
  CHECK(send(body, client).text == text);
}

TEST_CASE("a body of just the size that is kept can be sent again as long as its end was not looked for",
          "[exchange]") {
  const std::string text = pattern(limit);
  FakeClient client;
  client.body_script = {bytes(text)};
  RequestBody body(rules(Large::Chunked));
  REQUIRE(body.prepare(client).state == State::End);
  CHECK(body.plan().framing == Framing::Chunked);
  CHECK(send(body, client).text == text);
  CHECK(body.replayable());
  body.rewind();
  CHECK(body.plan().framing == Framing::Length);
  CHECK(body.plan().length == limit);
  CHECK(send(body, client).text == text);
}

TEST_CASE("what was read ahead can be sent again until more has gone by", "[exchange]") {
  const std::string text = pattern(limit);
  FakeClient client;
  client.body_script = {bytes(text), test::wait(), bytes("more")};
  RequestBody body(rules(Large::Chunked));
  REQUIRE(body.prepare(client).state == State::End);
  for (int attempt = 0; attempt < 2; ++attempt) {
    body.rewind();
    CHECK(body.next(client).bytes == text);
  }
  CHECK(body.next(client).state == State::Wait);
  CHECK(body.replayable());
  CHECK(body.next(client).bytes == "more");
  CHECK_FALSE(body.replayable());
}

TEST_CASE("a spooled body of any size has a length and can be sent again", "[exchange]") {
  const std::size_t size = GENERATE(as<std::size_t>(), limit, limit + 1, 5 * RequestBody::piece_limit + 3);
  const std::size_t piece = GENERATE(as<std::size_t>(), 5000, limit, limit + 1, 1000000);
  const std::string text = pattern(size);
  FakeClient client;
  for (std::size_t at = 0; at < size; at += piece) {
    client.body_script.push_back(bytes(text.substr(at, piece)));
    client.body_script.push_back(test::wait());
  }
  RequestBody body(rules(Large::Spool));
  BodyRead ahead = body.prepare(client);
  while (ahead.state == State::Wait) ahead = body.prepare(client);
  REQUIRE(ahead.state == State::End);
  CHECK(body.plan().framing == Framing::Length);
  CHECK(body.plan().length == size);
  for (int attempt = 0; attempt < 2; ++attempt) {
    body.rewind();
    const Sent sent = send(body, client);
    CHECK(sent.text == text);
    CHECK(sent.last == State::End);
  }
  CHECK(body.replayable());
}

TEST_CASE("a body shorter than declared is a failure, not an end", "[exchange]") {
  FakeClient client;
  client.body_script = {bytes(pattern(limit + 10))};
  RequestBody body(rules(Large::Length, limit + 11));
  REQUIRE(body.prepare(client).state == State::End);
  const Sent sent = send(body, client);
  CHECK(sent.text.size() == limit + 10);
  CHECK(sent.last == State::Failed);
  CHECK(sent.status == 500);
}

TEST_CASE("of a body longer than declared nothing beyond the length is given", "[exchange]") {
  FakeClient client;
  client.body_script = {bytes(pattern(limit + 10)), bytes("and more")};
  RequestBody body(rules(Large::Length, limit + 12));
  REQUIRE(body.prepare(client).state == State::End);
  const Sent sent = send(body, client);
  CHECK(sent.text.size() <= limit + 12);
  CHECK(sent.last == State::Failed);
  CHECK(sent.status == 500);
}

TEST_CASE("a client's failure keeps its status", "[exchange]") {
  FakeClient client;
  client.body_script = {bytes("x"), failed(413)};
  RequestBody body(rules(GENERATE(Large::Chunked, Large::Spool)));
  const BodyRead read = body.prepare(client);
  CHECK(read.state == State::Failed);
  CHECK(read.status == 413);
  CHECK_FALSE(body.all_read());
}

TEST_CASE("a body that was kept is given with its last piece, each time", "[exchange]") {
  const Large large = GENERATE(Large::Length, Large::Chunked, Large::Spool);
  const std::size_t size = GENERATE(as<std::size_t>(), 1, limit - 1);
  FakeClient client;
  client.body_script = {bytes(pattern(size))};
  RequestBody body(rules(large));
  REQUIRE(body.prepare(client).state == State::End);
  for (int attempt = 0; attempt < 2; ++attempt) {
    body.rewind();
    CHECK_FALSE(body.given_all());
    CHECK(body.next(client).bytes.size() == size);
    CHECK(body.given_all());
    CHECK(body.next(client).state == State::End);
    CHECK(body.given_all());
  }
}

TEST_CASE("of no body, and of an empty one, all is given from the beginning", "[exchange]") {
  FakeClient client;
  const RequestBody none({});
  CHECK(none.given_all());
  RequestBody empty(rules(GENERATE(Large::Length, Large::Chunked, Large::Spool)));
  CHECK_FALSE(empty.given_all());
  REQUIRE(empty.prepare(client).state == State::End);
  CHECK(empty.given_all());
}

TEST_CASE("a spooled body is given with its last piece", "[exchange]") {
  FakeClient client;
  client.body_script = {bytes(pattern(3 * RequestBody::piece_limit))};
  RequestBody body(rules(Large::Spool));
  REQUIRE(body.prepare(client).state == State::End);
  for (int piece = 0; piece < 3; ++piece) {
    CHECK_FALSE(body.given_all());
    REQUIRE(body.next(client).state == State::Bytes);
  }
  CHECK(body.given_all());
}

TEST_CASE("of a body that streams nothing is the last before its end is seen", "[exchange]") {
  FakeClient client;
  client.body_script = {bytes(pattern(limit + 10)), test::wait()};
  RequestBody body(rules(GENERATE(Large::Chunked, Large::Length)));
  REQUIRE(body.prepare(client).state == State::End);
  BodyRead read = body.next(client);
  for (; read.state != State::End; read = body.next(client)) CHECK_FALSE(body.given_all());
  CHECK(body.given_all());
}

TEST_CASE("a body of another length than declared is never given", "[exchange]") {
  FakeClient client;
  client.body_script = {bytes(pattern(limit + 10))};
  RequestBody body(rules(Large::Length, limit + 11));
  REQUIRE(body.prepare(client).state == State::End);
  CHECK(send(body, client).last == State::Failed);
  CHECK(body.all_read());
  CHECK_FALSE(body.given_all());
}

TEST_CASE("the client is never asked for more than may be kept", "[exchange]") {
  FakeClient client;
  client.body_script = {bytes(pattern(limit - 1)), bytes(pattern(1000))};
  RequestBody body(rules(Large::Chunked));
  REQUIRE(body.prepare(client).state == State::End);
  CHECK(client.body_script.front().bytes.size() == 999);
}

}  // namespace
}  // namespace cxxproxy::exchange
