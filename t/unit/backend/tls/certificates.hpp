// Certificates for tests, made on the spot.
#pragma once

#include "backend/tls/openssl.hpp"

#include <string>
#include <vector>

namespace cxxproxy::backend::test {

struct Identity {
  Certificate certificate;
  PrivateKey key;

  std::string certificate_pem() const;
  std::string key_pem(const char* pass_phrase = nullptr) const;
};

struct Wanted {
  std::string common_name = "nobody.test";
  std::string alternative_names{};  // as OpenSSL's configuration has them: "DNS:a.test,IP:127.0.0.1"
  int from_day = -1;                // counted from today
  int until_day = 2;
  bool is_authority = false;
};

// Signed by `issuer`, or by itself.
Identity make_identity(const Wanted& wanted, const Identity* issuer = nullptr);

// A revocation list of that authority, in PEM.
std::string revocation_list(const Identity& authority, const std::vector<const Identity*>& revoked);

// A file that ends with the test.
class TestFile {
 public:
  explicit TestFile(const std::string& content);
  TestFile(const TestFile&) = delete;
  TestFile& operator=(const TestFile&) = delete;
  ~TestFile();

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace cxxproxy::backend::test
