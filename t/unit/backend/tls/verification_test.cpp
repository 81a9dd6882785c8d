// Which backends a profile takes, and what it says of those that it does not take.
#include "backend/tls/connection.hpp"

#include "backend/tls/server.hpp"
#include "catch.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <optional>

namespace cxxproxy::backend {
namespace {

using namespace test;

struct World {
  Identity root = make_identity({.common_name = "Root", .is_authority = true});
  Identity middle = make_identity({.common_name = "Middle", .is_authority = true}, &root);
  Identity good = make_identity({.alternative_names = "DNS:backend.test"}, &root);
  Identity deep = make_identity({.alternative_names = "DNS:backend.test"}, &middle);
  Identity foreign = make_identity({.alternative_names = "DNS:backend.test"});
  Identity old = make_identity({.alternative_names = "DNS:backend.test", .from_day = -9, .until_day = -2}, &root);
  Identity coming = make_identity({.alternative_names = "DNS:backend.test", .from_day = 2, .until_day = 9}, &root);
  Identity named = make_identity({.common_name = "backend.test"}, &root);
  Identity other = make_identity({.common_name = "other.test", .alternative_names = "DNS:other.test"}, &root);
  TestFile authority{root.certificate_pem()};
  TestFile authorities{root.certificate_pem() + middle.certificate_pem()};
  TestFile revoked{revocation_list(root, {&good})};
  TestFile none_revoked{revocation_list(root, {})};
};

const World& world() {
  static const World made;
  return made;
}

// Nothing: it was taken.
std::optional<TlsFault> verdict(const TlsSettings& settings, const TlsServer& server, std::string* why = nullptr,
                                TlsInside inside = TlsInside::AsSet) {
  const auto profile = make_profile(settings);
  TlsPair pair(*profile, server, "backend.test", inside);
  const IoResult result = pair.shake_hands(100);
  if (result.ok()) return std::nullopt;
  CHECK(result.state == IoResult::State::Failed);
  REQUIRE(pair.client->trouble());
  if (why) *why = pair.client->trouble()->text;
  return pair.client->trouble()->fault;
}

TlsSettings settings_of(Verify verify) {
  TlsSettings settings;
  settings.verify = verify;
  settings.ca_file = world().authority.path();
  return settings;
}

TEST_CASE("a certificate must be for the backend's name, as far as the settings want it", "[tls]") {
  TlsSettings names, common, none;
  common.name_check = NameCheck::CommonName;
  none.name_check = NameCheck::None;
  const TlsServer good(world().good), named(world().named), other(world().other);
  CHECK_FALSE(verdict(names, good));
  CHECK_FALSE(verdict(names, named));
  std::string why;
  CHECK(verdict(names, other, &why) == TlsFault::Name);
  CHECK(why == "its certificate is not for backend.test, but for other.test, other.test");
  CHECK(verdict(common, good) == TlsFault::CommonName);
  CHECK_FALSE(verdict(common, named));
  CHECK_FALSE(verdict(none, other));
}

TEST_CASE("a certificate must be valid now, as far as the settings want it", "[tls]") {
  TlsSettings checked, unchecked;
  unchecked.check_dates = false;
  for (const Identity* identity : {&world().old, &world().coming}) {
    const TlsServer server(*identity);
    CHECK(verdict(checked, server) == TlsFault::Dates);
    CHECK_FALSE(verdict(unchecked, server));
    CHECK(verdict(settings_of(Verify::Require), server) == TlsFault::Certificate);
  }
}

TEST_CASE("whoever signed it, unless the settings want to know", "[tls]") {
  const TlsServer good(world().good), foreign(world().foreign);
  CHECK_FALSE(verdict(settings_of(Verify::None), foreign));
  CHECK_FALSE(verdict(settings_of(Verify::Require), good));
  std::string why;
  CHECK(verdict(settings_of(Verify::Require), foreign, &why) == TlsFault::Certificate);
  CHECK(why.starts_with("self-signed certificate (error 18"));
  CHECK_FALSE(verdict(settings_of(Verify::AnyIssuer), foreign));
}

TEST_CASE("a chain may have as many certificates as the settings say", "[tls]") {
  const TlsServer good(world().good), deep(world().deep);
  TlsSettings settings = settings_of(Verify::Require);
  settings.ca_file = world().authorities.path();
  CHECK(verdict(settings, deep) == TlsFault::ChainTooLong);
  settings.depth = 2;
  CHECK_FALSE(verdict(settings, deep));
  settings.depth = 0;
  CHECK(verdict(settings, good) == TlsFault::ChainTooLong);
}

TEST_CASE("a revoked certificate is refused", "[tls]") {
  const TlsServer good(world().good), deep(world().deep);
  TlsSettings settings = settings_of(Verify::Require);
  settings.ca_file = world().authorities.path();
  settings.depth = 2;
  settings.crl_file = world().revoked.path();
  CHECK_FALSE(verdict(settings, good));  // nobody looks
  settings.crl_check = CrlCheck::Leaf;
  std::string why;
  CHECK(verdict(settings, good, &why) == TlsFault::Certificate);
  CHECK(why.starts_with("certificate revoked"));
  CHECK(verdict(settings, deep, &why) == TlsFault::Certificate);
  CHECK(why.starts_with("unable to get certificate CRL"));
  settings.crl_may_be_missing = true;
  CHECK_FALSE(verdict(settings, deep));
  CHECK(verdict(settings, good) == TlsFault::Certificate);
  settings.crl_file = world().none_revoked.path();
  CHECK_FALSE(verdict(settings, good));
}

TEST_CASE("versions of the protocol are as the settings say", "[tls]") {
  const TlsServer old(world().good, {.highest = TLS1_2_VERSION}), fresh(world().good, {.lowest = TLS1_3_VERSION});
  TlsSettings settings;
  settings.protocols = tls_1_3;
  CHECK(verdict(settings, old) == TlsFault::Protocol);
  CHECK_FALSE(verdict(settings, fresh));
  settings.protocols = tls_1_2;
  CHECK_FALSE(verdict(settings, old));
  CHECK(verdict(settings, fresh) == TlsFault::Protocol);
}

TEST_CASE("what does not speak TLS is called so", "[tls]") {
  const auto profile = make_profile();
  const TlsServer server(world().good);
  TlsPair pair(*profile, server);
  CHECK(pair.client->establish().state == IoResult::State::WouldBlock);
  // The peer's own descriptor: in plain text.
  const TlsServer none(world().good);
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  const FileDescriptor theirs(ends[1]);
  StartedConnect started;
  started.fd = FileDescriptor(ends[0]);
  TlsConnection client(std::move(started), Endpoint(), *profile, "backend.test");
  CHECK(client.establish().state == IoResult::State::WouldBlock);
  constexpr std::string_view plain = "HTTP/1.1 400 Bad Request\r\n\r\n";
  REQUIRE(::send(theirs.get(), plain.data(), plain.size(), 0) == static_cast<ssize_t>(plain.size()));
  const IoResult result = client.establish();
  CHECK(result.state == IoResult::State::Failed);
  REQUIRE(client.trouble());
  CHECK(client.trouble()->fault == TlsFault::NotTls);
}

TEST_CASE("a backend that hangs up in the handshake has not been reached", "[tls]") {
  const auto profile = make_profile();
  const TlsServer server(world().good);
  TlsPair pair(*profile, server);
  CHECK(pair.client->establish().state == IoResult::State::WouldBlock);
  const bool reset = GENERATE(false, true);
  if (reset) {
    pair.peer.reset();
  } else {
    pair.peer->hang_up();
    pair.peer.reset();
  }
  IoResult result;
  do {
    result = pair.client->establish();
  } while (result.state == IoResult::State::WouldBlock);
  CHECK(result.state == IoResult::State::Failed);
  REQUIRE(pair.client->trouble());
}

TEST_CASE("a backend gets the certificate that it asks for, and says so when it does not", "[tls]") {
  const World& w = world();
  const Identity client_root = make_identity({.common_name = "Clients", .is_authority = true});
  const Identity ours = make_identity({.common_name = "proxy.test"}, &client_root);
  const Identity unfit = make_identity({.common_name = "unfit.test"}, &w.root);
  const TestFile pair(ours.certificate_pem() + ours.key_pem());
  const TestFile both(unfit.certificate_pem() + unfit.key_pem() + ours.key_pem() + ours.certificate_pem());
  const TestFile wrong(unfit.certificate_pem() + unfit.key_pem());
  const TlsServer old(w.good, {.highest = TLS1_2_VERSION, .clients = &client_root});
  const TlsServer fresh(w.good, {.clients = &client_root});
  for (const TlsServer* server : {&old, &fresh}) {
    for (const TestFile* file : {&pair, &both}) {
      TlsSettings settings;
      settings.own_file = file->path();
      const auto profile = make_profile(settings);
      TlsPair ends(*profile, *server);
      REQUIRE(ends.shake_hands().ok());
      const Certificate shown(SSL_get1_peer_certificate(ends.peer->ssl()));
      REQUIRE(shown);
      CHECK(X509_cmp(shown.get(), ours.certificate.get()) == 0);
    }
  }
  CHECK(verdict({}, old) == TlsFault::ClientCertificate);
  TlsSettings settings;
  settings.own_file = wrong.path();
  CHECK(verdict(settings, old) == TlsFault::ClientCertificate);

  // In TLS 1.3 the backend says so behind the handshake.
  const auto profile = make_profile();
  TlsPair ends(*profile, fresh);
  REQUIRE(ends.client->establish().state == IoResult::State::WouldBlock);
  ends.peer->turn();
  REQUIRE(ends.client->establish().ok());
  ends.peer->turn();
  char buffer[10];
  CHECK(ends.client->read(buffer).state == IoResult::State::Failed);
  REQUIRE(ends.client->trouble());
  CHECK(ends.client->trouble()->fault == TlsFault::ClientCertificate);
}

TEST_CASE("a reset that overtakes the backend's no to a missing certificate is explained by it", "[tls]") {
  const Identity client_root = make_identity({.common_name = "Clients", .is_authority = true});
  const TlsServer server(world().good, {.clients = &client_root});
  const auto profile = make_profile();
  TlsPair ends(*profile, server);
  REQUIRE(ends.client->establish().state == IoResult::State::WouldBlock);
  ends.peer->turn();
  REQUIRE(ends.client->establish().ok());
  ends.peer.reset();  // with bytes unread: the kernel resets
  char buffer[10];
  CHECK(ends.client->read(buffer).error == ECONNRESET);
  REQUIRE(ends.client->trouble());
  CHECK(ends.client->trouble()->fault == TlsFault::ClientCertificate);
}

TEST_CASE("our certificate goes with what stands between it and a root", "[tls]") {
  const World& w = world();
  const Identity client_root = make_identity({.common_name = "Clients", .is_authority = true});
  const Identity between = make_identity({.common_name = "Between", .is_authority = true}, &client_root);
  const Identity ours = make_identity({.common_name = "proxy.test"}, &between);
  const TestFile file(ours.certificate_pem() + ours.key_pem()), chain(between.certificate_pem());
  const TestFile all(ours.certificate_pem() + ours.key_pem() + between.certificate_pem());
  const TlsServer server(w.good, {.highest = TLS1_2_VERSION, .clients = &client_root});
  TlsSettings settings;
  settings.own_file = file.path();
  CHECK(verdict(settings, server) == TlsFault::ClientCertificate);
  settings.own_chain = chain.path();
  CHECK_FALSE(verdict(settings, server));
  settings.own_chain.clear();
  settings.own_file = all.path();
  CHECK_FALSE(verdict(settings, server));
  // It is for being shown, not for trusting others by.
  const Identity below = make_identity({.alternative_names = "DNS:backend.test"}, &between);
  settings.verify = Verify::Require;
  CHECK(verdict(settings, TlsServer(below)) == TlsFault::Certificate);
}

TEST_CASE("what is inside is agreed upon with ALPN", "[tls]") {
  const TlsServer silent(world().good), h2(world().good, {.alpn = "h2"}), h1(world().good, {.alpn = "http/1.1"});
  TlsSettings both, only_h2;
  both.alpn = {"h2", "http/1.1"};
  only_h2.alpn = {"h2"};
  const auto profile = make_profile(both);
  TlsPair pair(*profile, h2);
  REQUIRE(pair.shake_hands().ok());
  CHECK(pair.client->alpn() == "h2");
  CHECK_FALSE(verdict(both, silent));
  CHECK_FALSE(verdict(both, h1));
  CHECK_FALSE(verdict(only_h2, h2));
  CHECK(verdict(only_h2, silent) == TlsFault::Alpn);
  CHECK(verdict(only_h2, h1) == TlsFault::Alpn);
  CHECK_FALSE(verdict({}, h2));  // nothing was offered
}

TEST_CASE("a backend that is asked for HTTP/2 chooses it, whatever else the settings offer", "[tls]") {
  const TlsServer h2(world().good, {.alpn = "h2"}), h1(world().good, {.alpn = "http/1.1"});
  TlsSettings settings;
  settings.alpn = GENERATE(std::vector<std::string>{}, std::vector<std::string>{"http/1.1"});
  const auto profile = make_profile(settings);
  TlsPair pair(*profile, h2, "backend.test", TlsInside::Http2);
  REQUIRE(pair.shake_hands().ok());
  CHECK(pair.client->alpn() == "h2");
  TlsPair other(*profile, h1);  // of the same profile
  REQUIRE(other.shake_hands().ok());
  CHECK(other.client->alpn() == (settings.alpn.empty() ? "" : "http/1.1"));
}

TEST_CASE("a backend that is asked for HTTP/2 and does not choose it is refused, and the words say why", "[tls]") {
  const int version = GENERATE(TLS1_2_VERSION, TLS1_3_VERSION);
  const TlsServer silent(world().good, {.highest = version}),
      h1(world().good, {.highest = version, .alpn = "http/1.1"});
  const TlsServer strict(world().good, {.highest = version, .alpn = "http/1.1", .insists = true});
  TlsSettings settings;
  settings.alpn = GENERATE(std::vector<std::string>{}, std::vector<std::string>{"http/1.1"});
  std::string why;
  for (const TlsServer* server : {&silent, &h1}) {
    CHECK(verdict(settings, *server, &why, TlsInside::Http2) == TlsFault::NoHttp2);
    CHECK(why == "it does not speak HTTP/2 (it did not choose h2 in ALPN); use https:// for HTTP/1.1");
  }
  CHECK(verdict(settings, strict, &why, TlsInside::Http2) == TlsFault::NoHttp2);
  CHECK(why.find("it does not speak HTTP/2 (") == 0);
}

TEST_CASE("a certificate counts before what is inside", "[tls]") {
  const TlsServer silent(world().other);
  CHECK(verdict({}, silent, nullptr, TlsInside::Http2) == TlsFault::Name);
}

}  // namespace
}  // namespace cxxproxy::backend
