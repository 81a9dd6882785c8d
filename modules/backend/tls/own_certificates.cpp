#include "backend/tls/own_certificates.hpp"

#include "backend/tls/files.hpp"

#include <openssl/x509v3.h>

#include <algorithm>

namespace cxxproxy::backend {
namespace {

constexpr const char* file_directive = "SSLProxyMachineCertificateFile";
constexpr const char* path_directive = "SSLProxyMachineCertificatePath";
constexpr const char* chain_directive = "SSLProxyMachineCertificateChainFile";

constexpr int longest_chain = 10;

}  // namespace

// A certificate without a key of its own is one of those further up.
std::string OwnCertificates::add_file(const char* directive, const std::string& path) {
  PemFile pem;
  const std::string start = std::string(directive) + ": ";
  if (const std::string wrong = read_pem(path, pem); !wrong.empty()) return start + wrong;
  if (pem.has_encrypted_key) {
    return start + "'" + path +
           "' has an encrypted private key, and nobody is there to type its pass phrase: decrypt it";
  }
  for (Certificate& certificate : pem.certificates) {
    const auto fits = [&](const PrivateKey& key) {
      return key && X509_check_private_key(certificate.get(), key.get()) == 1;
    };
    const auto key = std::find_if(pem.keys.begin(), pem.keys.end(), fits);
    if (key == pem.keys.end()) {
      chain_.push_back(std::move(certificate));
    } else {
      pairs_.push_back({std::move(certificate), std::move(*key)});
      pem.keys.erase(key);
    }
  }
  ERR_clear_error();
  if (!pem.keys.empty()) return start + "'" + path + "' has a private key that matches no certificate there";
  return {};
}

std::string OwnCertificates::load(const TlsSettings& settings) {
  std::string wrong;
  if (!settings.own_file.empty()) wrong = add_file(file_directive, settings.own_file);
  if (wrong.empty() && !settings.own_path.empty()) {
    std::string unreadable;
    for (const std::string& path : files_in(settings.own_path, false, unreadable)) {
      if (wrong.empty()) wrong = add_file(path_directive, path);
    }
    if (!unreadable.empty()) wrong = std::string(path_directive) + ": " + unreadable;
  }
  if (wrong.empty() && pairs_.empty() && !chain_.empty()) {
    wrong = std::string(settings.own_file.empty() ? path_directive : file_directive) +
            ": there is a certificate and no private key for it: put the key into the same file";
  }
  if (wrong.empty() && !settings.own_chain.empty()) {
    PemFile pem;
    wrong = read_pem(settings.own_chain, pem);
    if (!wrong.empty()) wrong = std::string(chain_directive) + ": " + wrong;
    std::move(pem.certificates.begin(), pem.certificates.end(), std::back_inserter(chain_));
  }
  return wrong;
}

bool OwnCertificates::give_chain_to(SSL_CTX* context) const {
  if (chain_.empty()) return true;
  CertificateStore store(X509_STORE_new());
  if (!store) return false;
  for (const Certificate& certificate : chain_) {
    if (X509_STORE_add_cert(store.get(), certificate.get()) != 1) return false;
  }
  return SSL_CTX_set0_chain_cert_store(context, store.release()) == 1;
}

bool OwnCertificates::is_issued_below(const Pair& pair, const X509_NAME* name) const {
  X509* at = pair.certificate.get();
  for (int step = 0; step < longest_chain; ++step) {
    if (X509_NAME_cmp(X509_get_issuer_name(at), name) == 0) return true;
    const auto issuer = std::ranges::find_if(
        chain_, [&](const Certificate& above) { return X509_check_issued(above.get(), at) == X509_V_OK; });
    if (issuer == chain_.end() || issuer->get() == at) return false;
    at = issuer->get();
  }
  return false;
}

bool OwnCertificates::choose(const STACK_OF(X509_NAME) * wanted, X509** certificate, EVP_PKEY** key) const {
  const int count = wanted ? sk_X509_NAME_num(wanted) : 0;
  const Pair* chosen = count <= 0 && !pairs_.empty() ? &pairs_.front() : nullptr;
  for (int i = 0; i < count && !chosen; ++i) {
    const X509_NAME* name = sk_X509_NAME_value(wanted, i);
    const auto found = std::ranges::find_if(pairs_, [&](const Pair& pair) { return is_issued_below(pair, name); });
    if (found != pairs_.end()) chosen = &*found;
  }
  if (!chosen) return false;
  X509_up_ref(chosen->certificate.get());
  EVP_PKEY_up_ref(chosen->key.get());
  *certificate = chosen->certificate.get();
  *key = chosen->key.get();
  return true;
}

}  // namespace cxxproxy::backend
