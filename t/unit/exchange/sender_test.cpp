#include "exchange/sender.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "backend/loopback.hpp"
#include "catch.hpp"
#include "exchange/fakes.hpp"

namespace cxxproxy::exchange {
namespace {

using test::bytes;
using test::FakeClient;
using State = Sender::State;
using Framing = BodyPlan::Framing;

const std::string head = "POST / HTTP/1.1\r\n\r\n";

BodyRules streaming() {
  BodyRules rules;
  rules.present = true;
  rules.read_ahead = false;
  return rules;
}

// A sender with a client, and the backend's end of the connection.
struct Fixture {
  backend::test::Link link = backend::test::pair();
  FakeClient client;
  RequestBody body{streaming()};
  Sender sender;

  void begin(Framing framing, std::uint64_t length = 0, bool wait_for_continue = false) {
    sender.begin(head, {framing, length}, wait_for_continue);
  }
  void begin_with_extra_crlf(Framing framing, std::uint64_t length) {
    sender.begin(head, {framing, length}, false, true);
  }
  State advance() { return sender.advance(*link.ours, client, body); }

  // What the backend has got since the last call, not waiting for more.
  std::string heard() {
    std::string text(1 << 20, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
      const auto got = ::recv(link.theirs.get(), text.data() + size, text.size() - size, MSG_DONTWAIT);
      if (got <= 0) break;
      size += static_cast<std::size_t>(got);
    }
    text.resize(size);
    return text;
  }
};

TEST_CASE("a request without a body is its head", "[exchange]") {
  Fixture with;
  with.begin(Framing::None);
  CHECK_FALSE(with.sender.sent_all());
  CHECK(with.advance() == State::Complete);
  CHECK(with.sender.sent_all());
  CHECK(with.heard() == head);
  CHECK(with.advance() == State::Complete);
  CHECK(with.client.bodies_read == 0);
}

TEST_CASE("a body with a length goes out as it is", "[exchange]") {
  Fixture with;
  with.client.body_script = {bytes("hello "), test::wait(), bytes("world")};
  with.begin(Framing::Length, 11);
  CHECK(with.advance() == State::NeedsBody);
  CHECK(with.heard() == head + "hello ");
  CHECK(with.advance() == State::Complete);
  CHECK(with.heard() == "world");
  CHECK(with.sender.sent_all());
}

TEST_CASE("a body without a length goes out in chunks", "[exchange]") {
  Fixture with;
  with.client.body_script = {bytes("hello"), test::wait(), bytes(std::string(26, 'z'))};
  with.begin(Framing::Chunked);
  CHECK(with.advance() == State::NeedsBody);
  CHECK(with.heard() == head + "5\r\nhello\r\n");
  CHECK(with.advance() == State::Complete);
  CHECK(with.heard() == "1a\r\n" + std::string(26, 'z') + "\r\n0\r\n\r\n");
}

TEST_CASE("an empty body in chunks is the last chunk alone", "[exchange]") {
  Fixture with;
  with.begin(Framing::Chunked);
  CHECK(with.advance() == State::Complete);
  CHECK(with.heard() == head + "0\r\n\r\n");
}

TEST_CASE("a line end more follows the body for those who want one", "[exchange]") {
  Fixture with;
  with.client.body_script = {bytes("hello")};
  SECTION("behind a length") {
    with.begin_with_extra_crlf(Framing::Length, 5);
    CHECK(with.advance() == State::Complete);
    CHECK(with.heard() == head + "hello\r\n");
  }
  SECTION("behind the last chunk") {
    with.begin_with_extra_crlf(Framing::Chunked, 0);
    CHECK(with.advance() == State::Complete);
    CHECK(with.heard() == head + "5\r\nhello\r\n0\r\n\r\n\r\n");
  }
  SECTION("behind nothing") {
    with.client.body_script.clear();
    with.begin_with_extra_crlf(Framing::Chunked, 0);
    CHECK(with.advance() == State::Complete);
    CHECK(with.heard() == head + "0\r\n\r\n\r\n");
  }
  SECTION("but no request without a body") {
    with.begin_with_extra_crlf(Framing::None, 0);
    CHECK(with.advance() == State::Complete);
    CHECK(with.heard() == head);
  }
}

TEST_CASE("the head does not wait for a body that is not there yet", "[exchange]") {
  Fixture with;
  with.client.body_script = {test::wait()};
  with.begin(Framing::Length, 1);
  CHECK(with.advance() == State::NeedsBody);
  CHECK(with.heard() == head);
}

TEST_CASE("a sender that needs a 100 sends the head and not a byte more", "[exchange]") {
  Fixture with;
  with.client.body_script = {bytes("hello")};
  with.begin(Framing::Length, 5, true);
  CHECK(with.advance() == State::NeedsContinue);
  CHECK(with.advance() == State::NeedsContinue);
  CHECK(with.heard() == head);
  CHECK(with.client.bodies_read == 0);
  with.sender.continue_now();
  CHECK(with.advance() == State::Complete);
  CHECK(with.heard() == "hello");
  CHECK(with.sender.sent_all());
}

TEST_CASE("a sender told to stop has not sent all", "[exchange]") {
  Fixture with;
  with.client.body_script = {bytes("hello")};
  with.begin(Framing::Length, 5, true);
  CHECK(with.advance() == State::NeedsContinue);
  with.sender.stop();
  CHECK(with.advance() == State::Complete);
  CHECK_FALSE(with.sender.sent_all());
  CHECK(with.heard() == head);
}

TEST_CASE("a backend that takes no more blocks the sender, and not a byte is lost", "[exchange]") {
  Fixture with;
  const std::string text = test::pattern(4 << 20);
  with.client.body_script = {bytes(text)};
  const Framing framing = GENERATE(Framing::Length, Framing::Chunked);
  with.begin(framing, text.size());
  std::string heard;
  State state = with.advance();
  while (state == State::Blocked || state == State::More) {
    heard += with.heard();
    state = with.advance();
  }
  REQUIRE(state == State::Complete);
  heard += with.heard();
  std::string expected = head;
  for (std::size_t at = 0; at < text.size(); at += RequestBody::piece_limit) {
    const std::string piece = text.substr(at, RequestBody::piece_limit);
    expected += framing == Framing::Chunked ? "10000\r\n" + piece + "\r\n" : piece;
  }
  if (framing == Framing::Chunked) expected += "0\r\n\r\n";
  CHECK(heard == expected);
}

TEST_CASE("a fast client and a fast backend leave others their turn", "[exchange]") {
  Fixture with;
  for (int i = 0; i < 1000; ++i) with.client.body_script.push_back(bytes("x"));
  with.begin(Framing::Length, 1000);
  CHECK(with.advance() == State::More);
  CHECK(with.client.bodies_read < 100);
  CHECK_FALSE(with.sender.sent_all());
  std::string heard = with.heard();
  while (with.advance() == State::More) heard += with.heard();
  heard += with.heard();
  CHECK(heard == head + std::string(1000, 'x'));
}

TEST_CASE("a body whose end falls on the end of a turn is complete with it", "[exchange]") {
  Fixture with;
  const std::size_t pieces = GENERATE(as<std::size_t>(), 14, 15, 16, 17);
  const Framing framing = GENERATE(Framing::Length, Framing::Chunked);
  for (std::size_t i = 0; i < pieces; ++i) with.client.body_script.push_back(bytes("x"));
  with.begin(framing, pieces);
  State state = with.advance();
  while (state == State::More) {
    CHECK_FALSE(with.sender.sent_all());
    state = with.advance();
  }
  CHECK(state == State::Complete);
  CHECK(with.sender.sent_all());
}

TEST_CASE("a backend that is gone is told by its errno", "[exchange]") {
  Fixture with;
  with.link.theirs.reset();
  with.begin(Framing::None);
  CHECK(with.advance() == State::BackendFailed);
  CHECK(with.sender.error() == EPIPE);
  CHECK(with.advance() == State::BackendFailed);
  CHECK_FALSE(with.sender.sent_all());
}

TEST_CASE("a client's failure ends the sending", "[exchange]") {
  Fixture with;
  with.client.body_script = {bytes("hel"), test::wait(), test::failed(413)};
  with.begin(Framing::Length, 5);
  CHECK(with.advance() == State::NeedsBody);
  CHECK(with.advance() == State::ClientFailed);
  CHECK(with.sender.status() == 413);
  CHECK_FALSE(with.sender.sent_all());
  CHECK(with.advance() == State::ClientFailed);
}

TEST_CASE("a sender begins anew for the next attempt", "[exchange]") {
  Fixture with;
  with.link.theirs.reset();
  with.begin(Framing::None);
  REQUIRE(with.advance() == State::BackendFailed);
  with.link = backend::test::pair();
  with.begin(Framing::None);
  CHECK(with.advance() == State::Complete);
  CHECK(with.sender.error() == 0);
  CHECK(with.heard() == head);
}

}  // namespace
}  // namespace cxxproxy::exchange
