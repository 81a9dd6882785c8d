// How a TlsConnection says what went wrong.
#include "backend/tls/connection.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

namespace cxxproxy::backend {

IoResult TlsConnection::refuse(TlsFault fault, std::string why) {
  refused(fault, std::move(why));
  return {IoResult::State::Failed, 0, EPROTO};
}

// The first reason is the reason; what follows follows from it.
void TlsConnection::refused(TlsFault fault, std::string why) {
  if (!trouble_) trouble_ = TlsTrouble{fault, std::move(why)};
}

void TlsConnection::refused_for_version(const std::string& said) {
  refused(TlsFault::Protocol, "no version or cipher of TLS that both sides allow (" + said +
                                  "): see SSLProxyProtocol and SSLProxyCipherSuite");
}

void TlsConnection::refused_for_certificate(const std::string& said) {
  refused(TlsFault::ClientCertificate,
          "the backend wants a certificate of ours (" + said +
              "), and SSLProxyMachineCertificateFile and SSLProxyMachineCertificatePath have none that fits");
}

void TlsConnection::refused_for_http1(const std::string& said) {
  refused(TlsFault::NoHttp2, "it does not speak HTTP/2 (" + said + "); use https:// for HTTP/1.1");
}

// In words an administrator can act upon, where it is clear what is meant.
void TlsConnection::explain(unsigned long code, int error) {
  if (socket_.allowance == 0) return refused(TlsFault::Other, "the backend talks about TLS without end");
  if (code == 0) {
    // With TLS 1.3 the backend's no comes behind the handshake, and a reset may overtake it.
    if (certificate_missing_ && bytes_read() == 0) return refused_for_certificate(std::strerror(error));
    return refused(TlsFault::Other, std::strerror(error));
  }
  const std::string said = openssl_error();
  switch (ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_RECORD_TOO_SMALL:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
      return refused(TlsFault::NotTls, "what the backend says is not TLS (" + said + ")");
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED:  // TLS 1.0 and 1.1 know no others
      return refused_for_version(said);
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      if (!certificate_missing_) return refused_for_version(said);
      return refused_for_certificate(said);
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      if (certificate_missing_) return refused_for_certificate(said);
      break;
    case SSL_AD_REASON_OFFSET + SSL_AD_NO_APPLICATION_PROTOCOL:
      if (inside_ == TlsInside::Http2) return refused_for_http1(said);
      break;
    default:
      break;
  }
  refused(TlsFault::Other, said);
}

}  // namespace cxxproxy::backend
