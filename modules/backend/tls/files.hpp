// Certificates, keys and revocation lists from files, all read at once. Nothing here asks for a pass phrase.
#pragma once

#include "backend/tls/openssl.hpp"

#include <string>
#include <vector>

namespace cxxproxy::backend {

// What a PEM file holds; of an encrypted key only that it is there.
struct PemFile {
  std::vector<Certificate> certificates;
  std::vector<CertificateList> lists;
  std::vector<PrivateKey> keys;
  bool has_encrypted_key = false;
};

// Appends what `path` holds. What is wrong with it, or nothing: a file of no PEM at all is empty, not wrong.
std::string read_pem(const std::string& path, PemFile& into);

// The files of a directory, in the order of their names. `hashed`: only those that OpenSSL would look for there, named
// by the hash of a subject. Nothing where it cannot be read.
std::vector<std::string> files_in(const std::string& folder, bool hashed, std::string& wrong);

}  // namespace cxxproxy::backend
