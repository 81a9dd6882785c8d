// Getting a connection inside TLS.
#include "exchange/connector.hpp"

#include "backend/tls/server.hpp"
#include "catch.hpp"
#include "exchange/support.hpp"
#include "exchange/unreachable.hpp"

#include <fcntl.h>

namespace cxxproxy::exchange {
namespace {

using namespace std::chrono_literals;
using backend::test::Identity;
using backend::test::make_identity;
using backend::test::make_profile;
using backend::test::TlsPeer;
using backend::test::TlsServer;
using test::Backend;
using test::refusing;
using State = Connector::State;

const Identity& identity() {
  static const Identity made = make_identity({.alternative_names = "DNS:backend.test,DNS:other.test"});
  return made;
}

struct Fixture {
  explicit Fixture(const TlsServer::Options& options = {}) : server(identity(), options) {
    target.tls = profile.get();
    named("backend.test");
    target.timeout = 7s;
    static_cast<void>(target.addresses->lookup_blocking());
  }

  void named(std::string_view name) { target.tls_name = target.pool_key = name; }

  State advance() { return connector.advance(target, clock.now(), step); }

  // To the end, with a backend that shakes hands.
  State run() {
    connector.begin(target, false);
    State state = advance();
    for (int turns = 0; turns < 1000 && state == State::Pending; ++turns) {
      if (backend.listener.has_visitor()) accept();
      if (peer) peer->turn();
      state = advance();
    }
    return state;
  }

  void accept() {
    const backend::FileDescriptor accepted = backend.listener.accept();
    const int fd = ::dup(accepted.get());
    REQUIRE(::fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    peer = std::make_unique<TlsPeer>(server, fd);
  }

  engine::FakeClock clock;
  Backend backend{clock};
  std::unique_ptr<backend::TlsProfile> profile = make_profile();
  TlsServer server;
  Target target = backend.target();
  Connector connector;
  Step step;
  std::unique_ptr<TlsPeer> peer;
};

TEST_CASE("a connection is there when its handshake is over", "[exchange][tls]") {
  Fixture with;
  CHECK(with.run() == State::Connected);
  CHECK(with.peer->sni() == "backend.test");
}

TEST_CASE("a kept connection is for its key alone", "[exchange][tls]") {
  Fixture with;
  REQUIRE(with.run() == State::Connected);
  with.connector.release(true);
  with.named("other.test");
  with.peer.reset();
  with.backend.pool().trim();
  REQUIRE(with.backend.pool().stats().idle == 1);
  CHECK(with.run() == State::Connected);
  CHECK(with.connector.connection()->exchanges() == 0);
  CHECK(with.peer->sni() == "other.test");
}

TEST_CASE("a handshake has a time of its own, and ends when that is over", "[exchange][tls]") {
  Fixture with;
  with.connector.begin(with.target, false);
  REQUIRE(with.advance() == State::Pending);
  const backend::FileDescriptor silent = with.backend.listener.accept();
  REQUIRE(with.advance() == State::Pending);
  CHECK(with.step.kind == Step::Kind::Wait);
  CHECK(with.step.wait.backend.readable);
  CHECK_FALSE(with.step.wait.backend.writable);
  CHECK(with.step.wait.deadline == with.clock.now() + 7s);
  with.clock.advance(7s);
  with.connector.timed_out();
  CHECK(with.advance() == State::Failed);
  CHECK(with.connector.failure().reason == balance::Reason::TlsFailed);
  CHECK(with.connector.failure().tls == backend::TlsFault::Slow);
}

TEST_CASE("a byte now and then gives a handshake no more time", "[exchange][tls]") {
  Fixture with;
  with.connector.begin(with.target, false);
  REQUIRE(with.advance() == State::Pending);
  const backend::FileDescriptor dribbling = with.backend.listener.accept();
  REQUIRE(with.advance() == State::Pending);
  const engine::TimePoint deadline = with.step.wait.deadline;
  for (const char byte : {'\x16', '\x03', '\x03'}) {
    with.clock.advance(2s);
    backend::test::say(dribbling, std::string_view(&byte, 1));
    REQUIRE(backend::test::await(with.step.wait.backend));
    REQUIRE(with.advance() == State::Pending);
    CHECK(with.step.wait.deadline == deadline);
  }
}

TEST_CASE("a backend that is refused is refused for all its addresses", "[exchange][tls]") {
  Fixture with;
  with.named("wrong.test");
  with.backend.endpoints = {with.backend.listener.endpoint(), with.backend.listener.endpoint()};
  with.target.addresses->forget(with.target.addresses->cached());
  static_cast<void>(with.target.addresses->lookup_blocking());
  CHECK(with.run() == State::Failed);
  const Failure& failure = with.connector.failure();
  CHECK(failure.reason == balance::Reason::TlsFailed);
  CHECK(failure.tls == backend::TlsFault::Name);
  CHECK(failure.detail == with.backend.listener.endpoint().text() +
                              ": its certificate is not for wrong.test, but for backend.test, other.test, nobody.test");
  CHECK_FALSE(with.backend.listener.has_visitor());
  CHECK(with.backend.pool().stats().leased == 0);
}

TEST_CASE("HTTP/2 inside TLS is what the backend must choose", "[exchange][tls]") {
  Fixture with({.alpn = "h2"});
  with.target.http2 = true;
  REQUIRE(with.run() == State::Connected);
  CHECK(static_cast<backend::TlsConnection*>(with.connector.connection())->alpn() == "h2");
  CHECK_FALSE(with.connector.failure().tls);
}

TEST_CASE("a backend that does not choose HTTP/2 is refused for all its addresses", "[exchange][tls]") {
  Fixture with({.alpn = "http/1.1"});
  with.target.http2 = true;
  with.backend.endpoints = {with.backend.listener.endpoint(), with.backend.listener.endpoint()};
  with.target.addresses->forget(with.target.addresses->cached());
  static_cast<void>(with.target.addresses->lookup_blocking());
  CHECK(with.run() == State::Failed);
  const Failure& failure = with.connector.failure();
  CHECK(failure.reason == balance::Reason::TlsFailed);
  CHECK(failure.tls == backend::TlsFault::NoHttp2);
  CHECK(failure.detail == with.backend.listener.endpoint().text() +
                              ": it does not speak HTTP/2 (it did not choose h2 in ALPN); use https:// for HTTP/1.1");
  CHECK_FALSE(with.backend.listener.has_visitor());
  CHECK(with.backend.pool().stats().leased == 0);
}

TEST_CASE("without HTTP/2 nothing is said of what is inside", "[exchange][tls]") {
  Fixture with({.alpn = "h2"});
  REQUIRE(with.run() == State::Connected);
  CHECK(static_cast<backend::TlsConnection*>(with.connector.connection())->alpn().empty());
}

TEST_CASE("with TLS, too, the next address is tried when one refuses to be connected", "[exchange][tls]") {
  Fixture with;
  with.backend.endpoints = {refusing(), with.backend.listener.endpoint()};
  with.target.addresses->forget(with.target.addresses->cached());
  static_cast<void>(with.target.addresses->lookup_blocking());
  CHECK(with.run() == State::Connected);
}

}  // namespace
}  // namespace cxxproxy::exchange
