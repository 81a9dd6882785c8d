#include "backend/tls/sessions.hpp"

#include "backend/tls/server.hpp"
#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

using namespace test;

const Identity& identity() {
  static const Identity made = make_identity({.alternative_names = "DNS:backend.test,DNS:other.test"});
  return made;
}

// A handshake, and what comes with it; whether it went on with an earlier session.
bool resumes(TlsProfile& profile, const TlsServer& server, const char* name = "backend.test",
             TlsInside inside = TlsInside::AsSet) {
  TlsPair pair(profile, server, name, inside);
  REQUIRE(pair.shake_hands().ok());
  pair.peer->turn();
  CHECK(pair.client->idle_and_alive());
  CHECK(pair.client->resumed() == (SSL_session_reused(pair.peer->ssl()) == 1));
  return pair.client->resumed();
}

SslSession session_of(int version, long age = 0) {
  SslSession session(SSL_SESSION_new());
  SSL_SESSION_set_protocol_version(session.get(), version);
  SSL_SESSION_set_time(session.get(), std::time(nullptr) - age);
  SSL_SESSION_set_timeout(session.get(), 100000);
  // Without an id it is not resumable.
  SSL_SESSION_set1_id(session.get(), reinterpret_cast<const unsigned char*>("id"), 2);
  return session;
}

TEST_CASE("a second connection to the same backend goes on with the first one's session", "[tls]") {
  const TlsServer server(identity(), {.highest = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION)});
  const auto profile = make_profile();
  CHECK_FALSE(resumes(*profile, server));
  CHECK(resumes(*profile, server));
  CHECK(resumes(*profile, server));
}

TEST_CASE("a session is for one name and one profile", "[tls]") {
  const TlsServer server(identity());
  const auto profile = make_profile(), another = make_profile();
  CHECK_FALSE(resumes(*profile, server));
  CHECK_FALSE(resumes(*profile, server, "other.test"));
  CHECK_FALSE(resumes(*another, server));
}

TEST_CASE("a session with HTTP/2 inside is for others like it", "[tls]") {
  const TlsServer server(identity(), {.highest = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION), .alpn = "h2"});
  const auto profile = make_profile();
  CHECK_FALSE(resumes(*profile, server));
  CHECK_FALSE(resumes(*profile, server, "backend.test", TlsInside::Http2));
  CHECK(resumes(*profile, server, "backend.test", TlsInside::Http2));
  CHECK(resumes(*profile, server));
}

TEST_CASE("a session does not outlive what it was checked for", "[tls]") {
  const TlsServer server(identity());
  TlsSettings unchecked;
  unchecked.name_check = NameCheck::None;
  const auto profile = make_profile(unchecked), strict = make_profile();
  CHECK_FALSE(resumes(*profile, server, "wrong.test"));
  CHECK(resumes(*profile, server, "wrong.test"));
  TlsPair pair(*strict, server, "wrong.test");
  CHECK_FALSE(pair.shake_hands().ok());
  TlsPair again(*strict, server, "wrong.test");
  CHECK_FALSE(again.shake_hands().ok());
}

TEST_CASE("a ticket of TLS 1.3 is given away once, a session of TLS 1.2 as often as wanted", "[tls]") {
  TlsSessions sessions;
  const std::time_t now = std::time(nullptr);
  sessions.put("old", session_of(TLS1_2_VERSION));
  sessions.put("new", session_of(TLS1_3_VERSION));
  CHECK(sessions.take("old", now));
  CHECK(sessions.take("old", now));
  CHECK(sessions.take("new", now));
  CHECK_FALSE(sessions.take("new", now));
  CHECK_FALSE(sessions.take("nobody", now));
}

TEST_CASE("sessions that are too old are given to nobody", "[tls]") {
  TlsSessions sessions;
  const std::time_t now = std::time(nullptr);
  sessions.put("peer", session_of(TLS1_2_VERSION, 3500));
  CHECK(sessions.take("peer", now));
  CHECK_FALSE(sessions.take("peer", now + 200));
  CHECK(sessions.size() == 0);
}

TEST_CASE("there are never more sessions than so many, of one backend or of all", "[tls]") {
  TlsSessions sessions(50);
  for (int i = 0; i < 100; ++i) sessions.put("peer", session_of(TLS1_3_VERSION));
  CHECK(sessions.size() == 32);
  for (int i = 0; i < 100; ++i) sessions.put("old peer", session_of(TLS1_2_VERSION));
  CHECK(sessions.size() == 33);
  for (int i = 0; i < 100; ++i) sessions.put("peer " + std::to_string(i), session_of(TLS1_3_VERSION));
  CHECK(sessions.size() == 50);
  CHECK(sessions.take("peer 99", std::time(nullptr)));
  CHECK_FALSE(sessions.take("peer 1", std::time(nullptr)));
}

}  // namespace
}  // namespace cxxproxy::backend
