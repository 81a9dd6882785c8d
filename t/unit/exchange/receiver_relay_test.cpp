// Long bodies that the client takes from the backend's connection itself.
#include <sys/socket.h>

#include <string>
#include <vector>

#include "backend/loopback.hpp"
#include "catch.hpp"
#include "exchange/fakes.hpp"
#include "exchange/receiver.hpp"

namespace cxxproxy::exchange {
namespace {

using test::FakeClient;
using State = Receiver::State;

constexpr std::size_t size = 1 << 20;

// The backend has said the head and nothing else; the client takes what it can get.
struct Fixture {
  backend::test::Link link = backend::test::pair();
  FakeClient client;
  wire::ResponseReader reader;
  Receiver receiver{reader};
  std::vector<char> buffer = std::vector<char>(8192);
  const std::string body = test::pattern(size);

  explicit Fixture(std::string_view framing = "Content-Length: 1048576\r\n") : Fixture(HeadUse::Pass, framing) {}
  explicit Fixture(HeadUse use, std::string_view framing = "Content-Length: 1048576\r\n") {
    client.head_use = use;
    client.relays = true;
    receiver.begin({});
    backend::test::say(link.theirs, "HTTP/1.1 200 OK\r\n" + std::string(framing) + "\r\n");
    REQUIRE(read() == State::Reading);
  }
  State read() { return receiver.read(*link.ours, client, buffer); }

  // As much of the body as fits, then all that the receiver reads of it.
  State pass(std::size_t& said) {
    const ssize_t n = ::send(link.theirs.get(), body.data() + said, body.size() - said, MSG_DONTWAIT);
    said += n > 0 ? static_cast<std::size_t>(n) : 0;
    State state = read();
    while (state == State::Reading && receiver.more()) state = read();
    return state;
  }
};

TEST_CASE("a long body reaches the client by the connection, whole and reusable", "[exchange]") {
  Fixture with;
  std::size_t said = 0;
  State state = State::Reading;
  while (state == State::Reading && said < size) state = with.pass(said);
  CHECK(state == State::Complete);
  CHECK(with.receiver.answer().reusable());
  with.client.end({});
  CHECK(with.client.received == with.body);
  CHECK(with.client.relayed > size / 2);
  CHECK(with.link.ours->bytes_read() > size);
}

TEST_CASE("after a relayed piece there may be more, until there is none", "[exchange]") {
  Fixture with;
  backend::test::say(with.link.theirs, with.body.substr(0, 1000));
  CHECK(with.read() == State::Reading);
  CHECK(with.receiver.more());
  CHECK(with.client.relayed == 1000);
  CHECK(with.read() == State::Reading);
  CHECK_FALSE(with.receiver.more());
  CHECK(with.client.last_event() == "flush");
}

TEST_CASE("a relayed body goes on behind urgent data", "[exchange]") {
  Fixture with;
  const backend::test::Listener listener = backend::test::Listener::v4();
  with.link = backend::test::link_to(listener);
  backend::test::say(with.link.theirs, with.body.substr(0, 1000));
  REQUIRE(::send(with.link.theirs.get(), "!", 1, MSG_OOB) == 1);
  backend::test::say(with.link.theirs, with.body.substr(1000, 1000));
  REQUIRE(backend::test::await(with.link.ours->interest(true, false)));
  State state = with.read();
  while (state == State::Reading && with.receiver.more()) state = with.read();
  CHECK(state == State::Reading);
  CHECK(with.client.received == with.body.substr(0, 2000));
}

TEST_CASE("the end of a long body comes through the buffer", "[exchange]") {
  Fixture with("Content-Length: 262145\r\n");
  backend::test::say(with.link.theirs, with.body.substr(0, 2));
  CHECK(with.read() == State::Reading);
  CHECK(with.client.relayed == 2);
  backend::test::say(with.link.theirs, with.body.substr(2, 2));
  CHECK(with.read() == State::Reading);
  CHECK(with.client.relayed == 2);
  CHECK(with.client.received == with.body.substr(0, 4));
}

TEST_CASE("a short body is not relayed", "[exchange]") {
  Fixture with("Content-Length: 1000\r\n");
  backend::test::say(with.link.theirs, with.body.substr(0, 1000));
  CHECK(with.read() == State::Complete);
  CHECK(with.client.relayed == 0);
}

TEST_CASE("a body without a length is not relayed", "[exchange]") {
  Fixture with("");
  backend::test::say(with.link.theirs, with.body.substr(0, 1000));
  CHECK(with.read() == State::Reading);
  CHECK(with.client.relayed == 0);
}

TEST_CASE("a relayed body that breaks off is broken", "[exchange]") {
  Fixture with;
  backend::test::say(with.link.theirs, with.body.substr(0, 1000));
  with.link.theirs.reset();
  CHECK(with.read() == State::Reading);
  CHECK(with.read() == State::Broken);
  CHECK(with.receiver.answer().fault() == wire::Fault::ClosedInBody);
  CHECK(with.client.received == with.body.substr(0, 1000));
}

TEST_CASE("a client that is full is not asked to take more", "[exchange]") {
  Fixture with;
  with.client.flows = {Flow::Full, Flow::Ready};
  backend::test::say(with.link.theirs, with.body.substr(0, 1000));
  CHECK(with.read() == State::ClientFull);
  CHECK(with.receiver.resume(with.client) == State::Reading);
  CHECK(with.client.received == with.body.substr(0, 1000));
}

TEST_CASE("what is read away is not relayed", "[exchange]") {
  Fixture with(HeadUse::Discard);
  backend::test::say(with.link.theirs, with.body.substr(0, 1000));
  CHECK(with.read() == State::Reading);
  CHECK(with.client.relayed == 0);
}

}  // namespace
}  // namespace cxxproxy::exchange
