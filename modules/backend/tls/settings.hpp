// How connections to some backends are secured: values, as the configuration has them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cxxproxy::backend {

// Versions of the protocol, as a set of bits.
inline constexpr unsigned tls_1_0 = 1, tls_1_1 = 2, tls_1_2 = 4, tls_1_3 = 8, tls_all = 15;

enum class Verify : std::uint8_t {
  None,       // whoever signed it
  Require,    // a chain to a known authority
  AnyIssuer,  // likewise, but the authority may be unknown, or none
};

enum class CrlCheck : std::uint8_t { None, Leaf, Chain };

enum class NameCheck : std::uint8_t {
  None,
  Names,       // subjectAltName or common name, "*." for one label
  CommonName,  // that alone
};

struct TlsSettings {
  unsigned protocols = tls_all;  // what lies between the highest and the first gap below it is allowed
  std::string ciphers;           // up to TLS 1.2; empty: OpenSSL's default
  std::string ciphersuites;      // of TLS 1.3; likewise

  Verify verify = Verify::None;
  unsigned depth = 1;  // certificates above the backend's own
  std::string ca_file;
  std::string ca_path;  // a directory of files named by hash, as c_rehash makes it
  CrlCheck crl_check = CrlCheck::None;
  bool crl_may_be_missing = false;  // a certificate whose issuer has no list passes
  std::string crl_file;
  std::string crl_path;
  NameCheck name_check = NameCheck::Names;
  bool check_dates = true;

  std::string own_file;   // our certificates with their keys
  std::string own_path;   // more of them: all files of that directory
  std::string own_chain;  // what stands between them and a root

  std::vector<std::string> alpn;  // offered for what is inside, the best first; empty: no offer

  bool operator==(const TlsSettings&) const = default;
};

}  // namespace cxxproxy::backend
