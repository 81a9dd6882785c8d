#include "backend/tls/trust.hpp"

#include "backend/tls/files.hpp"

namespace cxxproxy::backend {
namespace {

struct Source {
  const char* directive;
  const std::string& path;
  bool is_folder;
  bool of_lists;
};

std::string read_source(const Source& source, PemFile& pem) {
  std::string wrong;
  if (!source.is_folder) {
    wrong = read_pem(source.path, pem);
  } else {
    for (const std::string& path : files_in(source.path, true, wrong)) {
      if (wrong.empty()) wrong = read_pem(path, pem);
    }
  }
  const bool empty = source.of_lists ? pem.lists.empty() : pem.certificates.empty();
  if (wrong.empty() && empty && !source.is_folder) {
    wrong =
        "'" + source.path + "' holds no " + (source.of_lists ? "revocation list" : "certificate") + " in PEM format";
  }
  return wrong;
}

std::string load(X509_STORE* store, const Source& source) {
  if (source.path.empty()) return {};
  PemFile pem;
  std::string wrong = read_source(source, pem);
  if (!wrong.empty()) return source.directive + (": " + wrong);
  // One that is there already is no failure.
  for (const Certificate& certificate : pem.certificates) {
    if (!source.of_lists && X509_STORE_add_cert(store, certificate.get()) != 1) wrong = openssl_error();
  }
  for (const CertificateList& list : pem.lists) {
    if (X509_STORE_add_crl(store, list.get()) != 1) wrong = openssl_error();
  }
  return wrong.empty() ? wrong : source.directive + (": '" + source.path + "': " + wrong);
}

}  // namespace

std::string load_trust(SSL_CTX* context, const TlsSettings& settings) {
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  const Source sources[] = {{"SSLProxyCACertificateFile", settings.ca_file, false, false},
                            {"SSLProxyCACertificatePath", settings.ca_path, true, false},
                            {"SSLProxyCARevocationFile", settings.crl_file, false, true},
                            {"SSLProxyCARevocationPath", settings.crl_path, true, true}};
  for (const Source& source : sources) {
    if (std::string wrong = load(store, source); !wrong.empty()) return wrong;
  }
  if (settings.crl_check == CrlCheck::None) return {};
  if (settings.crl_file.empty() && settings.crl_path.empty()) {
    return "SSLProxyCARevocationCheck asks for revocation lists and there are none: name them with "
           "SSLProxyCARevocationFile or SSLProxyCARevocationPath, or set it to none";
  }
  const bool all = settings.crl_check == CrlCheck::Chain;
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | (all ? X509_V_FLAG_CRL_CHECK_ALL : 0UL));
  return {};
}

}  // namespace cxxproxy::backend
