// OpenSSL's objects with an owner, and its error queue as text.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace cxxproxy::backend {

template <auto free>
struct OpensslFree {
  template <class T>
  void operator()(T* object) const noexcept {
    free(object);
  }
};

using SslContext = std::unique_ptr<SSL_CTX, OpensslFree<SSL_CTX_free>>;
using Ssl = std::unique_ptr<SSL, OpensslFree<SSL_free>>;
using SslSession = std::unique_ptr<SSL_SESSION, OpensslFree<SSL_SESSION_free>>;
using Certificate = std::unique_ptr<X509, OpensslFree<X509_free>>;
using CertificateList = std::unique_ptr<X509_CRL, OpensslFree<X509_CRL_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, OpensslFree<EVP_PKEY_free>>;
using CertificateStore = std::unique_ptr<X509_STORE, OpensslFree<X509_STORE_free>>;
using Bio = std::unique_ptr<BIO, OpensslFree<BIO_free>>;

// Why the last call of this thread failed, as OpenSSL says it; the queue is empty afterwards.
std::string openssl_error();

}  // namespace cxxproxy::backend
