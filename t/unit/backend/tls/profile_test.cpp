#include "backend/tls/profile.hpp"

#include "backend/tls/server.hpp"
#include "catch.hpp"

#include <filesystem>
#include <fstream>

namespace cxxproxy::backend {
namespace {

using namespace test;
using Catch::Matchers::Contains;

std::string complaint(const TlsSettings& settings) {
  std::string wrong;
  CHECK_FALSE(TlsProfile::make(settings, wrong));
  return wrong;
}

TlsSettings with(std::string TlsSettings::*which, const std::string& value) {
  TlsSettings settings;
  settings.*which = value;
  return settings;
}

TEST_CASE("a file that cannot be used is named with its directive", "[tls]") {
  const Identity identity = make_identity({}), another = make_identity({});
  const TestFile none("no PEM at all\n"), certificate(identity.certificate_pem()), key(identity.key_pem());
  const TestFile damaged("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  const TestFile cut(identity.certificate_pem().substr(0, 100));
  const TestFile strangers(identity.certificate_pem() + another.key_pem());
  struct Row {
    std::string TlsSettings::*which;
    std::string path;
    const char* directive;
  };
  const Row rows[] = {{&TlsSettings::ca_file, "/no/such/file", "SSLProxyCACertificateFile: "},
                      {&TlsSettings::ca_file, none.path(), "SSLProxyCACertificateFile: "},
                      {&TlsSettings::ca_file, damaged.path(), "SSLProxyCACertificateFile: "},
                      {&TlsSettings::ca_file, cut.path(), "SSLProxyCACertificateFile: "},
                      {&TlsSettings::ca_path, "/no/such/folder", "SSLProxyCACertificatePath: "},
                      {&TlsSettings::crl_file, certificate.path(), "SSLProxyCARevocationFile: "},
                      {&TlsSettings::crl_path, "/no/such/folder", "SSLProxyCARevocationPath: "},
                      {&TlsSettings::own_file, certificate.path(), "SSLProxyMachineCertificateFile: "},
                      {&TlsSettings::own_file, key.path(), "SSLProxyMachineCertificateFile: "},
                      {&TlsSettings::own_file, strangers.path(), "SSLProxyMachineCertificateFile: "},
                      {&TlsSettings::own_path, "/no/such/folder", "SSLProxyMachineCertificatePath: "},
                      {&TlsSettings::own_chain, "/no/such/file", "SSLProxyMachineCertificateChainFile: "}};
  for (const Row& row : rows) {
    INFO(row.directive << row.path);
    const std::string wrong = complaint(with(row.which, row.path));
    INFO(wrong);
    CHECK(wrong.starts_with(row.directive));
    if (row.path != certificate.path() || row.which != &TlsSettings::own_file) CHECK_THAT(wrong, Contains(row.path));
  }
}

TEST_CASE("an encrypted key is refused, and nobody is asked for its pass phrase", "[tls]") {
  const Identity identity = make_identity({});
  const TestFile file(identity.certificate_pem() + identity.key_pem("secret"));
  CHECK_THAT(complaint(with(&TlsSettings::own_file, file.path())), Contains("encrypted private key"));
}

TEST_CASE("settings that cannot be are refused", "[tls]") {
  CHECK(complaint(with(&TlsSettings::ciphers, "NO-SUCH-CIPHER")).starts_with("SSLProxyCipherSuite: 'NO-SUCH-CIPHER'"));
  CHECK(complaint(with(&TlsSettings::ciphersuites, "NO-SUCH")).starts_with("SSLProxyCipherSuite: TLSv1.3 'NO-SUCH'"));
  TlsSettings settings;
  settings.protocols = 0;
  CHECK(complaint(settings).starts_with("SSLProxyProtocol: "));
  settings.protocols = tls_all;
  settings.crl_check = CrlCheck::Chain;
  CHECK(complaint(settings).starts_with("SSLProxyCARevocationCheck "));
}

TEST_CASE("ciphers are as the settings say", "[tls]") {
  const Identity identity = make_identity({.alternative_names = "DNS:backend.test"});
  const TlsServer old(identity, {.highest = TLS1_2_VERSION}), fresh(identity);
  TlsSettings settings;
  settings.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
  settings.ciphersuites = "TLS_CHACHA20_POLY1305_SHA256";
  const auto profile = make_profile(settings);
  TlsPair first(*profile, old), second(*profile, fresh);
  REQUIRE(first.shake_hands().ok());
  REQUIRE(second.shake_hands().ok());
  CHECK(std::string(SSL_get_cipher_name(first.peer->ssl())) == "ECDHE-ECDSA-AES128-GCM-SHA256");
  CHECK(std::string(SSL_get_cipher_name(second.peer->ssl())) == "TLS_CHACHA20_POLY1305_SHA256");
}

TEST_CASE("in a directory of authorities, files count that are named by hash", "[tls]") {
  const Identity root = make_identity({.common_name = "Root", .is_authority = true});
  const Identity backend = make_identity({.alternative_names = "DNS:backend.test"}, &root);
  const TlsServer server(backend);
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("cxxproxy-unit-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  TlsSettings settings = with(&TlsSettings::ca_path, folder.string());
  settings.verify = Verify::Require;
  const auto is_trusted = [&] {
    const auto profile = make_profile(settings);
    return TlsPair(*profile, server).shake_hands().ok();
  };
  std::ofstream(folder / "root.pem") << root.certificate_pem();
  CHECK_FALSE(is_trusted());
  std::filesystem::create_symlink(folder / "root.pem", folder / "0123abcd.0");
  CHECK(is_trusted());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cxxproxy::backend
