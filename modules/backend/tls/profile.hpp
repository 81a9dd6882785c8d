// One set of TLS settings, made ready: what connections with the same settings share.
#pragma once

#include "backend/tls/openssl.hpp"
#include "backend/tls/own_certificates.hpp"
#include "backend/tls/sessions.hpp"
#include "backend/tls/settings.hpp"
#include "backend/tls/trouble.hpp"

#include <memory>
#include <string>

namespace cxxproxy::backend {

// What a connection hears while OpenSSL works for it.
class TlsEvents {
 public:
  virtual void refused(TlsFault fault, std::string why) = 0;    // and the handshake ends
  virtual void asked_for_certificate(bool given) noexcept = 0;  // one of ours, and whether one fits
  virtual void got_session(SslSession session) = 0;             // one that may be gone on with

 protected:
  ~TlsEvents() = default;
};

// Made before the fork, then read by all threads of all children; only its sessions change, and each process has its
// own. Outlives its connections.
class TlsProfile {
 public:
  // Reads the files that the settings name. Null: `wrong` says why, with the directive and the file.
  static std::unique_ptr<TlsProfile> make(const TlsSettings& settings, std::string& wrong);

  TlsProfile(const TlsProfile&) = delete;
  TlsProfile& operator=(const TlsProfile&) = delete;

  const TlsSettings& settings() const noexcept { return settings_; }
  TlsSessions& sessions() noexcept { return sessions_; }

  // A client's end of a connection that has no descriptor yet; null without memory. `events` outlives it.
  Ssl open(TlsEvents& events) const;

 private:
  explicit TlsProfile(const TlsSettings& settings) : settings_(settings) {}

  std::string set_up();
  std::string set_protocols();
  std::string set_ciphers();
  std::string set_alpn();

  static int verify(int ok, X509_STORE_CTX* state) noexcept;
  static int choose_certificate(SSL* ssl, X509** certificate, EVP_PKEY** key) noexcept;
  static int keep_session(SSL* ssl, SSL_SESSION* session) noexcept;

  const TlsSettings settings_;
  SslContext context_;
  OwnCertificates own_;
  TlsSessions sessions_;
};

}  // namespace cxxproxy::backend
