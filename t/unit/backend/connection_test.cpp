#include "backend/connection.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "backend/loopback.hpp"
#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

using State = IoResult::State;
using test::Link;
using test::Listener;

// Close with unread bytes or no lingering: the other side sees a reset.
void reset(FileDescriptor& fd) {
  const linger at_once{1, 0};
  REQUIRE(::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
  fd.reset();
}

iovec part(std::string& text) { return {text.data(), text.size()}; }

void exchange_a_word(const Listener& listener) {
  Link link = test::link_to(listener);
  CHECK(link.ours->endpoint() == listener.endpoint());
  REQUIRE(test::write_text(*link.ours, "ping").bytes == 4);
  CHECK(test::hear(link.theirs, 4) == "ping");
  test::say(link.theirs, "pong");
  REQUIRE(test::await(link.ours->interest(true, false)));
  std::array<char, 16> buffer{};
  const IoResult got = link.ours->read(buffer);
  CHECK(got.ok());
  CHECK(std::string(buffer.data(), got.bytes) == "pong");
}

TEST_CASE("bytes go both ways over IPv4, IPv6 and unix sockets", "[backend]") {
  exchange_a_word(Listener::v4());
  exchange_a_word(Listener::unix_socket());
  if (const auto listener = Listener::v6()) {
    exchange_a_word(*listener);
  } else {
    WARN("no IPv6 here");
  }
}

TEST_CASE("establishing ends well, and stays so", "[backend]") {
  const Listener listener = Listener::v4();
  auto started = start_connect(listener.endpoint(), {});
  REQUIRE(started.ok());
  Connection connection(*std::move(started), listener.endpoint());
  CHECK_FALSE(connection.idle_and_alive());
  while (connection.establish().state == State::WouldBlock) {
    CHECK(connection.interest(true, false).writable);
    REQUIRE(test::await(connection.interest(true, false)));
  }
  CHECK(connection.establish().ok());
  CHECK(connection.interest(true, false).readable);
  CHECK_FALSE(connection.interest(true, false).writable);
}

TEST_CASE("establishing tells why a backend refuses", "[backend]") {
  Listener listener = Listener::v4();
  listener.stop_listening();
  auto started = start_connect(listener.endpoint(), {});
  if (!started) return;
  Connection connection(*std::move(started), listener.endpoint());
  IoResult result = connection.establish();
  while (result.state == State::WouldBlock) {
    REQUIRE(test::await(connection.interest(true, false)));
    result = connection.establish();
  }
  CHECK(result.state == State::Failed);
  CHECK(result.error == ECONNREFUSED);
}

TEST_CASE("a read without data would block", "[backend]") {
  const Link link = test::link_to(Listener::v4());
  CHECK(test::read_one(*link.ours).state == State::WouldBlock);
}

TEST_CASE("a write that does not fit is done in part, then would block", "[backend]") {
  const Link link = test::link_to(Listener::v4());
  const std::string block(1 << 20, 'x');
  IoResult result;
  std::uint64_t accepted = 0;
  while ((result = test::write_text(*link.ours, block)).ok()) accepted += result.bytes;
  CHECK(result.state == State::WouldBlock);
  CHECK(accepted > 0);
  CHECK(link.ours->bytes_written() == accepted);
}

TEST_CASE("parts are written in order, empty ones skipped", "[backend]") {
  const Link link = test::link_to(Listener::v4());
  std::string head = "head ";
  std::string nothing;
  std::string body = "body";
  const std::array<iovec, 3> parts{part(head), part(nothing), part(body)};
  CHECK(link.ours->write(parts).bytes == 9);
  CHECK(test::hear(link.theirs, 9) == "head body");
}

TEST_CASE("more parts than the kernel takes at once are written in part", "[backend]") {
  const Link link = test::link_to(Listener::v4());
  std::string letter = "x";
  const std::vector<iovec> parts(5000, part(letter));
  const IoResult result = link.ours->write(parts);
  CHECK(result.ok());
  CHECK(result.bytes >= 1024);
  CHECK(result.bytes < 5000);
}

TEST_CASE("nothing to read into or to write is no event", "[backend]") {
  Link link = test::link_to(Listener::v4());
  link.theirs.reset();
  CHECK(link.ours->read({}).ok());
  CHECK(link.ours->write({}).ok());
}

TEST_CASE("an orderly end is Closed, after what was sent before", "[backend]") {
  Link link = test::link_to(Listener::v4());
  test::say(link.theirs, "x");
  link.theirs.reset();
  REQUIRE(test::await(link.ours->interest(true, false)));
  CHECK(test::read_one(*link.ours).bytes == 1);
  REQUIRE(test::await(link.ours->interest(true, false)));
  CHECK(test::read_one(*link.ours).state == State::Closed);
}

TEST_CASE("a reset is a failure with its reason", "[backend]") {
  Link link = test::link_to(Listener::v4());
  reset(link.theirs);
  REQUIRE(test::await(link.ours->interest(true, false)));
  const IoResult result = test::read_one(*link.ours);
  CHECK(result.state == State::Failed);
  CHECK(result.error == ECONNRESET);
}

TEST_CASE("writing to a backend that is gone fails and does not kill the process", "[backend]") {
  Link link = test::link_to(Listener::v4());
  reset(link.theirs);
  REQUIRE(test::await(link.ours->interest(true, false)));
  IoResult result = test::write_text(*link.ours, "x");
  while (result.ok()) result = test::write_text(*link.ours, "x");
  CHECK(result.state == State::Failed);
}

TEST_CASE("bytes are counted both ways", "[backend]") {
  Link link = test::link_to(Listener::v4());
  test::write_text(*link.ours, "12345");
  test::say(link.theirs, "123");
  REQUIRE(test::await(link.ours->interest(true, false)));
  std::array<char, 2> two{};
  CHECK(link.ours->read(two).bytes == 2);
  CHECK(link.ours->bytes_written() == 5);
  CHECK(link.ours->bytes_read() == 2);
}

TEST_CASE("a silent open connection is idle and alive", "[backend]") {
  const Link link = test::link_to(Listener::v4());
  CHECK(link.ours->idle_and_alive());
  CHECK(link.ours->idle_and_alive());
}

TEST_CASE("a connection closed by the backend while idle is not alive", "[backend]") {
  Link link = test::link_to(Listener::v4());
  link.theirs.reset();
  REQUIRE(test::await(link.ours->interest(true, false)));
  CHECK_FALSE(link.ours->idle_and_alive());
}

TEST_CASE("a connection reset while idle is not alive", "[backend]") {
  Link link = test::link_to(Listener::v4());
  reset(link.theirs);
  REQUIRE(test::await(link.ours->interest(true, false)));
  CHECK_FALSE(link.ours->idle_and_alive());
}

TEST_CASE("a connection with unread bytes is not idle, and keeps them", "[backend]") {
  const Link link = test::link_to(Listener::v4());
  test::say(link.theirs, "x");
  REQUIRE(test::await(link.ours->interest(true, false)));
  CHECK_FALSE(link.ours->idle_and_alive());
  CHECK(test::read_one(*link.ours).bytes == 1);
}

TEST_CASE("the local port is what the backend sees", "[backend]") {
  const Link link = test::link_to(Listener::v4());
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  REQUIRE(::getpeername(link.theirs.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
  CHECK(link.ours->local_port() == Endpoint::copy_of(reinterpret_cast<sockaddr*>(&address), length).port());
  CHECK(test::link_to(Listener::unix_socket()).ours->local_port() == 0);
}

TEST_CASE("a connection remembers its exchanges and its rest", "[backend]") {
  const Link link = test::link_to(Listener::v4());
  CHECK(link.ours->exchanges() == 0);
  const engine::TimePoint now{std::chrono::seconds(9)};
  link.ours->rest(now);
  CHECK(link.ours->exchanges() == 1);
  CHECK(link.ours->idle_since() == now);
}

}  // namespace
}  // namespace cxxproxy::backend
