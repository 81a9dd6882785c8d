#include "backend/tls/certificates.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>

namespace cxxproxy::backend::test {
namespace {

void check(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string(what) + ": " + openssl_error());
}

std::string text_of(BIO* memory) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  check(extension && X509_add_ext(certificate, extension, -1) == 1, "extension");
  X509_EXTENSION_free(extension);
}

}  // namespace

std::string Identity::certificate_pem() const {
  const Bio memory(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_X509(memory.get(), certificate.get()) == 1, "certificate");
  return text_of(memory.get());
}

std::string Identity::key_pem(const char* pass_phrase) const {
  const Bio memory(BIO_new(BIO_s_mem()));
  void* phrase = const_cast<char*>(pass_phrase);
  const EVP_CIPHER* cipher = pass_phrase ? EVP_aes_128_cbc() : nullptr;
  check(PEM_write_bio_PrivateKey(memory.get(), key.get(), cipher, nullptr, 0, nullptr, phrase) == 1, "key");
  return text_of(memory.get());
}

Identity make_identity(const Wanted& wanted, const Identity* issuer) {
  static std::atomic<long> serial{1};
  Identity made{Certificate(X509_new()), PrivateKey(EVP_EC_gen("P-256"))};
  X509* certificate = made.certificate.get();
  check(certificate && made.key, "key");
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 86400L * wanted.from_day);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * wanted.until_day);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wanted.common_name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer ? issuer->certificate.get() : certificate));
  if (wanted.is_authority) add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  if (!wanted.alternative_names.empty()) add_extension(certificate, NID_subject_alt_name, wanted.alternative_names);
  check(X509_sign(certificate, issuer ? issuer->key.get() : made.key.get(), EVP_sha256()) > 0, "signature");
  return made;
}

std::string revocation_list(const Identity& authority, const std::vector<const Identity*>& revoked) {
  const CertificateList list(X509_CRL_new());
  X509_CRL_set_version(list.get(), 1);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(authority.certificate.get()));
  const std::unique_ptr<ASN1_TIME, OpensslFree<ASN1_TIME_free>> from(X509_gmtime_adj(nullptr, -3600)),
      until(X509_gmtime_adj(nullptr, 86400));
  X509_CRL_set1_lastUpdate(list.get(), from.get());
  X509_CRL_set1_nextUpdate(list.get(), until.get());
  for (const Identity* identity : revoked) {
    X509_REVOKED* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(identity->certificate.get()));
    X509_REVOKED_set_revocationDate(entry, from.get());
    X509_CRL_add0_revoked(list.get(), entry);
  }
  X509_CRL_sort(list.get());
  check(X509_CRL_sign(list.get(), authority.key.get(), EVP_sha256()) > 0, "list");
  const Bio memory(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_X509_CRL(memory.get(), list.get()) == 1, "list");
  return text_of(memory.get());
}

TestFile::TestFile(const std::string& content) : path_("/tmp/cxxproxy-unit-XXXXXX") {
  const int fd = ::mkstemp(path_.data());
  const bool written = fd >= 0 && ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size());
  if (fd >= 0) ::close(fd);
  if (!written) throw std::runtime_error("no file for a test");
}

TestFile::~TestFile() { ::unlink(path_.c_str()); }

}  // namespace cxxproxy::backend::test
