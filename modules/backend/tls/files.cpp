#include "backend/tls/files.hpp"

#include <openssl/pem.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>

namespace cxxproxy::backend {
namespace {

// One block of a PEM file, given back to OpenSSL at its end; a key's bytes are wiped.
struct Block {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long length = 0;

  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(length));
  }
};

// False: it does not hold what its name says.
bool take(const Block& block, PemFile& into) {
  const std::string_view name = block.name;
  const unsigned char* bytes = block.data;
  if (name == PEM_STRING_X509 || name == PEM_STRING_X509_OLD) {
    return bool(into.certificates.emplace_back(d2i_X509(nullptr, &bytes, block.length)));
  }
  if (name == PEM_STRING_X509_TRUSTED) {
    return bool(into.certificates.emplace_back(d2i_X509_AUX(nullptr, &bytes, block.length)));
  }
  if (name == PEM_STRING_X509_CRL) {
    return bool(into.lists.emplace_back(d2i_X509_CRL(nullptr, &bytes, block.length)));
  }
  if (!name.ends_with("PRIVATE KEY")) return true;
  if (name.starts_with("ENCRYPTED") || std::string_view(block.header).find("ENCRYPTED") != std::string_view::npos) {
    into.has_encrypted_key = true;
    return true;
  }
  return bool(into.keys.emplace_back(d2i_AutoPrivateKey(nullptr, &bytes, block.length)));
}

std::string complaint(const std::string& path, std::string_view what) {
  return std::string("'").append(path).append("' ").append(what).append(": ").append(openssl_error());
}

// 01234567.0, and .r0 for a revocation list.
bool is_hashed_name(std::string_view name) {
  if (name.size() < 10 || name[8] != '.') return false;
  const std::size_t number = name[9] == 'r' ? 10 : 9;
  const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  return std::all_of(name.begin(), name.begin() + 8, [](unsigned char c) { return std::isxdigit(c) != 0; }) &&
         number < name.size() && std::all_of(name.begin() + static_cast<std::ptrdiff_t>(number), name.end(), is_digit);
}

}  // namespace

std::string read_pem(const std::string& path, PemFile& into) {
  ERR_clear_error();
  const Bio file(BIO_new_file(path.c_str(), "r"));
  if (!file) return complaint(path, "cannot be read");
  for (;;) {
    Block block;
    if (PEM_read_bio(file.get(), &block.name, &block.header, &block.data, &block.length) != 1) {
      const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
      if (!at_end) return complaint(path, "is damaged");
      ERR_clear_error();
      return {};
    }
    if (!take(block, into)) return complaint(path, std::string("has a damaged ").append(block.name));
  }
}

std::vector<std::string> files_in(const std::string& folder, bool hashed, std::string& wrong) {
  std::vector<std::string> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    std::error_code ignored;
    if (name.starts_with('.') || (hashed && !is_hashed_name(name)) || !at->is_regular_file(ignored)) continue;
    paths.push_back(at->path().string());
  }
  if (error) wrong = "'" + folder + "' cannot be read: " + error.message();
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace cxxproxy::backend
