// Questions inside TLS.
#include <fcntl.h>

#include "backend/tls/server.hpp"
#include "catch.hpp"
#include "probe/support.hpp"

namespace cxxproxy::probe {
namespace {

using namespace std::chrono_literals;
using namespace test;
using backend::test::Identity;
using backend::test::make_identity;
using backend::test::make_profile;
using backend::test::TlsPeer;
using backend::test::TlsServer;
using exchange::test::Driver;

const Identity& identity() {
  static const Identity made = make_identity({.alternative_names = "DNS:backend.test"});
  return made;
}

// A backend inside TLS, with one connection.
struct TlsWorld : ProbeWorld {
  explicit TlsWorld(const TlsServer::Options& options = {}) : server(identity(), options) {}

  Question inside(Question question, std::string_view name = "backend.test") {
    accepts = false;
    question.target.tls = profile.get();
    question.target.tls_name = name;
    return question;
  }

  // Rounds in which its end takes part, until it is so.
  bool play(const std::function<bool()>& so) {
    return until([&] {
      if (!peer && backend.listener.has_visitor()) accept();
      if (peer) peer->turn();
      return so();
    });
  }

  void accept() {
    const backend::FileDescriptor accepted = backend.listener.accept();
    const int fd = ::dup(accepted.get());
    REQUIRE(::fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    peer = std::make_unique<TlsPeer>(server, fd);
  }

  std::unique_ptr<backend::TlsProfile> profile = make_profile();
  TlsServer server;
  std::unique_ptr<TlsPeer> peer;
};

TEST_CASE("a question inside TLS is answered", "[probe][tls]") {
  TlsWorld world;
  Asker asker(world, world.inside(world.get()));
  asker.start();
  REQUIRE(world.play([&] { return world.peer && world.peer->heard().ends_with("\r\n\r\n"); }));
  CHECK(world.peer->heard() == get_on_the_wire);
  CHECK(world.peer->sni() == "backend.test");
  world.peer->say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  REQUIRE(world.play([&] { return asker.calls > 0; }));
  REQUIRE(asker.answered());
  CHECK(asker.answer.whole);
  CHECK(asker.answer.body == "hello");
  CHECK(world.reactor.watched() == 0);
}

TEST_CASE("a connection inside TLS is one when hands are shaken", "[probe][tls]") {
  TlsWorld world;
  Asker asker(world, world.inside(world.connect()));
  asker.start();
  REQUIRE(world.play([&] { return asker.calls > 0; }));
  CHECK(asker.answer.whole);
  REQUIRE(world.play([&] { return world.peer->has_shaken_hands(); }));
  CHECK(world.peer->heard().empty());
}

TEST_CASE("a certificate for another is no connection", "[probe][tls]") {
  TlsWorld world;
  Asker asker(world, world.inside(GENERATE(false, true) ? world.connect() : world.get(), "wrong.test"));
  asker.start();
  REQUIRE(world.play([&] { return asker.calls > 0; }));
  CHECK(asker.trouble() == "tls-failed: " + world.backend.listener.endpoint().text() +
                               ": its certificate is not for wrong.test, but for backend.test, nobody.test");
  CHECK(world.reactor.watched() == 0);
}

TEST_CASE("a handshake that is not answered has its time", "[probe][tls]") {
  TlsWorld world;
  Asker asker(world, world.inside(GENERATE(false, true) ? world.connect() : world.get()));
  asker.start();
  const exchange::test::Peer silent = world.meet();
  world.settle();
  world.pass(Driver::backend_timeout);
  CHECK(asker.trouble() ==
        "tls-failed: " + world.backend.listener.endpoint().text() + ": the handshake has taken too long");
  CHECK(silent.sees_close());
}

TEST_CASE("what is no TLS is described", "[probe][tls]") {
  TlsWorld world;
  Asker asker(world, world.inside(world.get()));
  asker.start();
  const exchange::test::Peer plain = world.meet();
  plain.say("HTTP/1.1 400 Bad Request\r\n\r\n");
  CHECK(asker.trouble().starts_with("tls-failed: " + world.backend.listener.endpoint().text() + ": "));
}

TEST_CASE("a question over HTTP/2 inside TLS wants a backend that chooses it", "[probe][tls][http2]") {
  TlsWorld world({.alpn = "http/1.1"});
  Asker asker(world, world.inside(world.get_http2()));
  asker.start();
  REQUIRE(world.play([&] { return asker.calls > 0; }));
  CHECK(asker.trouble().find("it did not choose h2 in ALPN") != std::string::npos);
}

TEST_CASE("a question over HTTP/2 inside TLS is answered", "[probe][tls][http2]") {
  TlsWorld world({.alpn = "h2"});
  Question question = world.inside(world.get_http2());
  question.scheme = "https";
  Asker asker(world, question);
  asker.start();
  backend::test::Peer http2;
  std::size_t read = 0;
  const auto answered_by = [&](const std::function<bool()>& so) {
    return world.play([&] {
      if (!world.peer || !world.peer->has_shaken_hands()) return so();
      http2.on_bytes(world.peer->heard().substr(read));
      read = world.peer->heard().size();
      if (const std::string bytes = http2.bytes(); !bytes.empty()) world.peer->say(bytes);
      return so();
    });
  };
  REQUIRE(answered_by([&] { return http2.requests[1].ended; }));
  CHECK(http2.requests[1].field(":scheme") == "https");
  http2.answer(1, "200", {}, "ok", {{"x-sum", "2"}});
  REQUIRE(answered_by([&] { return asker.calls > 0; }));
  CHECK(asker.answer.whole);
  CHECK(asker.answer.body == "ok");
  CHECK(asker.answer.trailers == Question::Fields{{"x-sum", "2"}});
  CHECK(world.reactor.watched() == 0);
}

}  // namespace
}  // namespace cxxproxy::probe
