#include "backend/tls/names.hpp"

#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <strings.h>

#include <algorithm>
#include <optional>

namespace cxxproxy::backend {
namespace {

bool same(std::string_view left, std::string_view right) noexcept {
  return left.size() == right.size() && ::strncasecmp(left.data(), right.data(), left.size()) == 0;
}

std::string_view bytes_of(const ASN1_STRING* text) noexcept {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::vector<std::string> common_names(X509* certificate) {
  std::vector<std::string> names;
  X509_NAME* subject = X509_get_subject_name(certificate);
  for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) {
    unsigned char* text = nullptr;
    const int length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (length < 0) continue;
    names.emplace_back(reinterpret_cast<char*>(text), static_cast<std::size_t>(length));
    OPENSSL_free(text);
  }
  return names;
}

// The subjectAltNames of one kind, as they stand there: addresses as four or sixteen bytes.
std::vector<std::string> alternative_names(X509* certificate, int kind) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, OpensslFree<GENERAL_NAMES_free>> all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == kind) names.emplace_back(bytes_of(kind == GEN_IPADD ? name->d.iPAddress : name->d.dNSName));
  }
  return names;
}

// As a certificate has it; nothing for what is no address.
std::optional<std::string> address_bytes(const std::string& host) {
  char bytes[16];
  if (::inet_pton(AF_INET, host.c_str(), bytes) == 1) return std::string(bytes, 4);
  if (::inet_pton(AF_INET6, host.c_str(), bytes) == 1) return std::string(bytes, 16);
  return std::nullopt;
}

std::string address_text(const std::string& bytes) {
  char text[INET6_ADDRSTRLEN] = "?";
  if (bytes.size() == 4) ::inet_ntop(AF_INET, bytes.data(), text, sizeof text);
  if (bytes.size() == 16) ::inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
  return text;
}

// For a line of the log: some certificates are for thousands, or for what is no name.
constexpr std::size_t most_named = 8;
constexpr std::size_t longest_name = 255;

// A certificate says what it likes, and this goes to the log.
std::string printable(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return name;
}

}  // namespace

bool name_stands_for(std::string_view name, std::string_view host) noexcept {
  if (same(name, host)) return true;
  if (!name.starts_with("*.")) return false;
  const std::size_t dot = host.find('.');
  return dot != std::string_view::npos && dot > 0 && same(name.substr(1), host.substr(dot));
}

bool certificate_is_for(X509* certificate, const std::string& host) {
  const auto stands = [&](const std::string& name) { return name_stands_for(name, host); };
  if (const std::optional<std::string> address = address_bytes(host)) {
    const std::vector<std::string> addresses = alternative_names(certificate, GEN_IPADD);
    if (std::find(addresses.begin(), addresses.end(), *address) != addresses.end()) return true;
    // A wildcard stands for a label, and an address has none.
    const auto is_same = [&](const std::string& name) { return same(name, host); };
    return std::ranges::any_of(alternative_names(certificate, GEN_DNS), is_same) ||
           std::ranges::any_of(common_names(certificate), is_same);
  }
  return std::ranges::any_of(alternative_names(certificate, GEN_DNS), stands) ||
         std::ranges::any_of(common_names(certificate), stands);
}

bool common_name_is_for(X509* certificate, const std::string& host) {
  const std::vector<std::string> names = common_names(certificate);
  return !names.empty() && name_stands_for(names.front(), host);
}

std::string names_of(X509* certificate) {
  std::string all;
  std::size_t count = 0;
  const auto add = [&](const std::string& name) {
    if (++count > most_named) return;
    if (!all.empty()) all += ", ";
    all += printable(name.substr(0, longest_name));
  };
  std::ranges::for_each(alternative_names(certificate, GEN_DNS), add);
  for (const std::string& bytes : alternative_names(certificate, GEN_IPADD)) add(address_text(bytes));
  std::ranges::for_each(common_names(certificate), add);
  if (count > most_named) all += " and " + std::to_string(count - most_named) + " more";
  return all.empty() ? "nobody" : all;
}

}  // namespace cxxproxy::backend
