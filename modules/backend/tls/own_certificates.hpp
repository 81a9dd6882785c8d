// The certificates that we show to backends that ask for one.
#pragma once

#include "backend/tls/openssl.hpp"
#include "backend/tls/settings.hpp"

#include <string>
#include <vector>

namespace cxxproxy::backend {

// Made once, then read by all threads.
class OwnCertificates {
 public:
  // Reads what the settings name. What is wrong, with the directive, or nothing; never a byte of a key.
  std::string load(const TlsSettings& settings);

  bool empty() const noexcept { return pairs_.empty(); }

  // What stands between our certificates and a root goes along with them.
  bool give_chain_to(SSL_CTX* context) const;

  // The first whose issuer, or an issuer further up, is among those that the backend names; the first of all where it
  // names none. False: none fits. Both are the caller's.
  bool choose(const STACK_OF(X509_NAME) * wanted, X509** certificate, EVP_PKEY** key) const;

 private:
  struct Pair {
    Certificate certificate;
    PrivateKey key;
  };

  std::string add_file(const char* directive, const std::string& path);
  bool is_issued_below(const Pair& pair, const X509_NAME* name) const;

  std::vector<Pair> pairs_;
  std::vector<Certificate> chain_;
};

}  // namespace cxxproxy::backend
