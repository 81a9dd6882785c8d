#include "backend/socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>

#include "backend/loopback.hpp"
#include "backend/resolve.hpp"
#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

using test::Listener;

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

int option(const FileDescriptor& fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  REQUIRE(::getsockopt(fd.get(), level, name, &value, &length) == 0);
  return value;
}

int finish(const StartedConnect& started) {
  if (started.in_progress) REQUIRE(test::await({started.fd.get(), false, true}));
  return connect_error(started.fd);
}

Endpoint resolved(const char* host) { return resolve_blocking({host, 0, ""})->front(); }

std::string peer_of(const FileDescriptor& fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  REQUIRE(::getpeername(fd.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
  return Endpoint::copy_of(reinterpret_cast<sockaddr*>(&address), length).with_port(0).text();
}

TEST_CASE("a descriptor is closed once, by its last owner", "[backend]") {
  FileDescriptor first(::dup(STDERR_FILENO));
  const int number = first.get();
  FileDescriptor second(std::move(first));
  CHECK(first.get() == -1);  // NOLINT(bugprone-use-after-move): it must be empty now
  CHECK(second.get() == number);
  first = std::move(second);
  CHECK(is_open(number));
  first.reset();
  CHECK_FALSE(is_open(number));
  CHECK_FALSE(first);
}

TEST_CASE("assigning closes what was there", "[backend]") {
  FileDescriptor target(::dup(STDERR_FILENO));
  const int number = target.get();
  target = FileDescriptor();
  CHECK_FALSE(is_open(number));
}

TEST_CASE("a connect to a listener succeeds over IPv4", "[backend]") {
  const Listener listener = Listener::v4();
  const auto started = start_connect(listener.endpoint(), {});
  REQUIRE(started.ok());
  CHECK(finish(*started) == 0);
  CHECK(listener.accept());
}

TEST_CASE("a connect to a listener succeeds over IPv6", "[backend]") {
  const auto listener = Listener::v6();
  if (!listener) {
    WARN("no IPv6 here");
    return;
  }
  const auto started = start_connect(listener->endpoint(), {});
  REQUIRE(started.ok());
  CHECK(finish(*started) == 0);
  CHECK(listener->accept());
}

TEST_CASE("a connect to a unix socket is there at once", "[backend]") {
  const Listener listener = Listener::unix_socket();
  const auto started = start_connect(listener.endpoint(), {});
  REQUIRE(started.ok());
  CHECK_FALSE(started->in_progress);
  CHECK(listener.accept());
}

TEST_CASE("a refused connect says so, at once or when asked", "[backend]") {
  Listener listener = Listener::v4();
  listener.stop_listening();
  const auto started = start_connect(listener.endpoint(), {});
  const int error = started ? finish(*started) : started.error().code;
  CHECK(error == ECONNREFUSED);
}

TEST_CASE("a unix socket that is not there refuses", "[backend]") {
  const auto started = start_connect(*Endpoint::of_unix_path("/nonexistent/app.sock"), {});
  CHECK(started.error() == Error{Fault::Connect, ENOENT});
}

TEST_CASE("an endpoint of no family has no socket", "[backend]") { CHECK_FALSE(start_connect(Endpoint(), {}).ok()); }

TEST_CASE("a socket for a backend does not block, is not inherited and does not dally", "[backend]") {
  const Listener listener = Listener::v4();
  const auto started = start_connect(listener.endpoint(), {});
  REQUIRE(started.ok());
  CHECK((::fcntl(started->fd.get(), F_GETFL) & O_NONBLOCK) != 0);
  CHECK((::fcntl(started->fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(option(started->fd, IPPROTO_TCP, TCP_NODELAY) != 0);
  CHECK(option(started->fd, SOL_SOCKET, SO_KEEPALIVE) == 0);
}

TEST_CASE("keepalive and the receive buffer are set on demand", "[backend]") {
  const Listener listener = Listener::v4();
  SocketOptions options;
  options.keepalive = true;
  options.receive_buffer = 16384;
  const auto started = start_connect(listener.endpoint(), options);
  REQUIRE(started.ok());
  CHECK(option(started->fd, SOL_SOCKET, SO_KEEPALIVE) != 0);
  CHECK(option(started->fd, SOL_SOCKET, SO_RCVBUF) >= 16384);
  CHECK(option(started->fd, SOL_SOCKET, SO_RCVBUF) <= 2 * 16384);
}

TEST_CASE("a source address is used for targets of its family", "[backend]") {
  const Listener listener = Listener::v4();
  SocketOptions options;
  options.source = resolved("127.0.0.9");
  const auto started = start_connect(listener.endpoint(), options);
  REQUIRE(started.ok());
  CHECK(started->source_error == 0);
  CHECK(finish(*started) == 0);
  CHECK(peer_of(listener.accept()) == "127.0.0.9:0");
}

TEST_CASE("a source address of another family is left out", "[backend]") {
  const Listener listener = Listener::v4();
  SocketOptions options;
  options.source = resolved("::1");
  const auto started = start_connect(listener.endpoint(), options);
  REQUIRE(started.ok());
  CHECK(started->source_error == 0);
  CHECK(finish(*started) == 0);
  CHECK(peer_of(listener.accept()) == "127.0.0.1:0");
}

TEST_CASE("a source address that is not ours is reported and does without", "[backend]") {
  const Listener listener = Listener::v4();
  SocketOptions options;
  options.source = resolved("203.0.113.1");
  const auto started = start_connect(listener.endpoint(), options);
  REQUIRE(started.ok());
  CHECK(started->source_error == EADDRNOTAVAIL);
  CHECK(finish(*started) == 0);
}

}  // namespace
}  // namespace cxxproxy::backend
