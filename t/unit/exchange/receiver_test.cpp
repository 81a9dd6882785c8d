#include "exchange/receiver.hpp"

#include <vector>

#include "backend/loopback.hpp"
#include "catch.hpp"
#include "exchange/fakes.hpp"

namespace cxxproxy::exchange {
namespace {

using test::FakeClient;
using State = Receiver::State;
using Events = std::vector<std::string>;

// A receiver with a client, and the backend's end of the connection.
struct Fixture {
  backend::test::Link link = backend::test::pair();
  FakeClient client;
  wire::ResponseReader reader;
  Receiver receiver{reader};
  std::size_t buffer_size = 8192;

  Fixture() { receiver.begin({}); }
  void say(std::string_view text) const { backend::test::say(link.theirs, text); }
  State read() {
    std::vector<char> buffer(buffer_size);
    return receiver.read(*link.ours, client, buffer);
  }
  State read(std::string_view text) {
    say(text);
    return read();
  }
};

TEST_CASE("a whole answer in one read is complete and reusable", "[exchange]") {
  Fixture with;
  CHECK(with.read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") == State::Complete);
  CHECK(with.receiver.answer().reusable());
  CHECK(with.receiver.answer().head_passed());
  CHECK(with.receiver.answer().status() == 200);
  CHECK(with.client.events == Events{"head 200"});
}

TEST_CASE("nothing from the backend is nothing for the client", "[exchange]") {
  Fixture with;
  CHECK(with.read() == State::Reading);
  CHECK_FALSE(with.receiver.more());
  CHECK_FALSE(with.receiver.started());
  CHECK(with.client.events.empty());
}

TEST_CASE("an answer in pieces is handed on piece by piece", "[exchange]") {
  Fixture with;
  CHECK(with.read("HTTP/1.1 200 OK\r\nContent-Le") == State::Reading);
  CHECK(with.client.events.empty());
  CHECK(with.receiver.started());
  CHECK(with.read("ngth: 6\r\n\r\n") == State::Reading);
  CHECK(with.client.events == Events{"head 200", "flush"});
  CHECK(with.read("foo") == State::Reading);
  CHECK(with.client.received == "foo");
  CHECK(with.client.held_back == 0);
  CHECK(with.read("bar") == State::Complete);
}

TEST_CASE("bytes behind the answer spoil the connection", "[exchange]") {
  Fixture with;
  CHECK(with.read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokX") == State::Complete);
  CHECK_FALSE(with.receiver.answer().reusable());
}

TEST_CASE("trailers come with the end", "[exchange]") {
  Fixture with;
  with.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n");
  std::vector<char> buffer(8192);
  REQUIRE(with.receiver.read(*with.link.ours, with.client, buffer) == State::Complete);
  REQUIRE(with.receiver.answer().trailers().size() == 1);
  CHECK(with.receiver.answer().trailers()[0].name == "X-Sum");
}

TEST_CASE("interim answers are passed on and a 100 is remembered", "[exchange]") {
  Fixture with;
  CHECK(with.read("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n") == State::Reading);
  CHECK_FALSE(with.receiver.answer().continue_seen());
  CHECK(with.read("HTTP/1.1 100 Continue\r\n\r\n") == State::Reading);
  CHECK(with.receiver.answer().continue_seen());
  CHECK_FALSE(with.receiver.answer().head_passed());
  CHECK(with.client.events == Events{"interim 103", "interim 100"});
}

TEST_CASE("a switch of protocols that nobody asked for is no answer", "[exchange]") {
  Fixture with;
  CHECK(with.read("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n") == State::Unasked);
  CHECK(with.client.events.empty());
}

TEST_CASE("a head that the client refuses is no answer", "[exchange]") {
  Fixture with;
  with.client.head_use = HeadUse::Refuse;
  CHECK(with.read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") == State::Unasked);
  CHECK_FALSE(with.receiver.answer().head_passed());
}

TEST_CASE("nothing is flushed while more is there, and everything once it is not", "[exchange]") {
  Fixture with;
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789";
  with.buffer_size = answer.size();
  CHECK(with.read(answer) == State::Reading);
  CHECK(with.receiver.more());
  CHECK(with.client.received == "0123456789");
  CHECK(with.client.held_back == 10);
  CHECK(with.read() == State::Reading);
  CHECK_FALSE(with.receiver.more());
  CHECK(with.client.held_back == 0);
  CHECK(with.read() == State::Reading);
  CHECK(with.client.events == Events{"head 200", "flush"});
}

TEST_CASE("a client that does not read stops the receiver until it does", "[exchange]") {
  Fixture with;
  with.client.flows = {Flow::Full, Flow::Full, Flow::Ready};
  CHECK(with.read("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfoo") == State::ClientFull);
  CHECK(with.receiver.resume(with.client) == State::ClientFull);
  CHECK(with.receiver.resume(with.client) == State::Reading);
  CHECK(with.client.held_back == 0);
  CHECK(with.read("bar") == State::Complete);
}

TEST_CASE("a client that is gone ends the receiving", "[exchange]") {
  Fixture with;
  with.client.flows = {Flow::Gone};
  CHECK(with.read("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfoo") == State::ClientGone);
}

TEST_CASE("a body that ends with the connection is complete and not reusable", "[exchange]") {
  Fixture with;
  CHECK(with.read("HTTP/1.1 200 OK\r\n\r\nfoo") == State::Reading);
  with.link.theirs.reset();
  CHECK(with.read() == State::Complete);
  CHECK_FALSE(with.receiver.answer().reusable());
}

TEST_CASE("a close says how far the answer had come", "[exchange]") {
  Fixture with;
  const auto [said, fault] = GENERATE(table<std::string, wire::Fault>({
      {"", wire::Fault::ClosedBeforeAnswer},
      {"HTTP/1.1 200", wire::Fault::ClosedInHead},
      {"HTTP/1.1 103 Hints\r\n\r\n", wire::Fault::ClosedInHead},
      {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfoo", wire::Fault::ClosedInBody},
  }));
  if (!said.empty()) REQUIRE(with.read(said) == State::Reading);
  with.link.theirs.reset();
  CHECK(with.read() == State::Broken);
  CHECK(with.receiver.answer().fault() == fault);
}

TEST_CASE("an answer to be discarded is read and not passed on", "[exchange]") {
  Fixture with;
  with.client.head_use = HeadUse::Discard;
  CHECK(with.read("HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\nfoo") == State::Reading);
  CHECK(with.receiver.answer().discarding());
  CHECK(with.read("bar") == State::Complete);
  CHECK(with.receiver.answer().reusable());
  CHECK(with.receiver.answer().status() == 404);
  CHECK(with.client.events == Events{"head 404"});
  CHECK(with.client.received.empty());
}

TEST_CASE("an endless answer is not discarded for ever", "[exchange]") {
  Fixture with;
  with.client.head_use = HeadUse::Discard;
  State state = with.read("HTTP/1.1 404 Not Found\r\n\r\n");
  const std::string piece(8192, 'x');
  int pieces = 0;
  for (; state == State::Reading && pieces < 1000; ++pieces) state = with.read(piece);
  CHECK(state == State::Complete);
  CHECK(pieces > 100);
  CHECK_FALSE(with.receiver.answer().reusable());
}

TEST_CASE("a receiver begins anew for the next attempt", "[exchange]") {
  Fixture with;
  with.client.head_use = HeadUse::Refuse;
  REQUIRE(with.read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n") == State::Unasked);
  with.link = backend::test::pair();
  with.receiver.begin({});
  CHECK_FALSE(with.receiver.started());
  CHECK_FALSE(with.receiver.answer().continue_seen());
  CHECK(with.receiver.answer().status() == 0);
  with.client.head_use = HeadUse::Pass;
  CHECK(with.read("HTTP/1.1 204 No Content\r\n\r\n") == State::Complete);
  CHECK(with.receiver.answer().reusable());
}

}  // namespace
}  // namespace cxxproxy::exchange
