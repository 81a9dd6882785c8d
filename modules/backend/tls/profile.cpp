#include "backend/tls/profile.hpp"

#include "backend/tls/trust.hpp"

#include <array>
#include <exception>

namespace cxxproxy::backend {
namespace {

// Of the issuer: there is none that we know, or none at all.
bool is_about_the_issuer(int error) noexcept {
  switch (error) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return true;
    default:
      return false;
  }
}

// No holes: from the highest that is allowed down to the first that is not.
std::pair<int, int> version_range(unsigned protocols) noexcept {
  struct Version {
    unsigned bit;
    int number;
  };
  constexpr std::array<Version, 4> versions{
      {{tls_1_3, TLS1_3_VERSION}, {tls_1_2, TLS1_2_VERSION}, {tls_1_1, TLS1_1_VERSION}, {tls_1_0, TLS1_VERSION}}};
  int highest = 0, lowest = 0;
  for (const Version& version : versions) {
    if (protocols & version.bit) {
      if (highest == 0) highest = version.number;
      lowest = version.number;
    } else if (highest != 0) {
      break;
    }
  }
  return {lowest, highest};
}

TlsEvents& events_of(const SSL* ssl) noexcept { return *static_cast<TlsEvents*>(SSL_get_app_data(ssl)); }

const TlsProfile& profile_of(const SSL* ssl) noexcept {
  return *static_cast<const TlsProfile*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

}  // namespace

std::unique_ptr<TlsProfile> TlsProfile::make(const TlsSettings& settings, std::string& wrong) {
  std::unique_ptr<TlsProfile> profile(new TlsProfile(settings));
  wrong = profile->set_up();
  return wrong.empty() ? std::move(profile) : nullptr;
}

std::string TlsProfile::set_up() {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = context_.get();
  if (!context) return openssl_error();
  SSL_CTX_set_app_data(context, this);
  // A connection that ends without a farewell ends; whether its answer was whole, the answer's framing says.
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keep_session);
  SSL_CTX_set_post_handshake_auth(context, 1);
  SSL_CTX_set_client_cert_cb(context, choose_certificate);
  if (settings_.verify != Verify::None) SSL_CTX_set_verify(context, SSL_VERIFY_PEER, verify);
  for (const auto step : {&TlsProfile::set_protocols, &TlsProfile::set_ciphers, &TlsProfile::set_alpn}) {
    if (std::string wrong = (this->*step)(); !wrong.empty()) return wrong;
  }
  if (std::string wrong = load_trust(context, settings_); !wrong.empty()) return wrong;
  if (std::string wrong = own_.load(settings_); !wrong.empty()) return wrong;
  return own_.give_chain_to(context) ? "" : openssl_error();
}

std::string TlsProfile::set_protocols() {
  const auto [lowest, highest] = version_range(settings_.protocols);
  if (highest == 0) return "SSLProxyProtocol: no version of the protocol is left: name one, as in all -TLSv1 -TLSv1.1";
  const bool set = SSL_CTX_set_min_proto_version(context_.get(), lowest) == 1 &&
                   SSL_CTX_set_max_proto_version(context_.get(), highest) == 1;
  return set ? "" : "SSLProxyProtocol: " + openssl_error();
}

std::string TlsProfile::set_ciphers() {
  const std::string list = settings_.ciphers.empty() ? "DEFAULT" : settings_.ciphers;
  if (SSL_CTX_set_cipher_list(context_.get(), (list + ":!aNULL:!eNULL:!EXP").c_str()) != 1) {
    return "SSLProxyCipherSuite: '" + list + "' has no cipher that is known (" + openssl_error() + ")";
  }
  if (!settings_.ciphersuites.empty() &&
      SSL_CTX_set_ciphersuites(context_.get(), settings_.ciphersuites.c_str()) != 1) {
    return "SSLProxyCipherSuite: TLSv1.3 '" + settings_.ciphersuites + "' has a cipher that is not known (" +
           openssl_error() + ")";
  }
  return {};
}

std::string TlsProfile::set_alpn() {
  std::string offer;
  for (const std::string& protocol : settings_.alpn) {
    offer += static_cast<char>(protocol.size());
    offer += protocol;
  }
  if (offer.empty()) return {};
  const int failed = SSL_CTX_set_alpn_protos(context_.get(), reinterpret_cast<const unsigned char*>(offer.data()),
                                             static_cast<unsigned>(offer.size()));
  return failed == 0 ? "" : openssl_error();
}

Ssl TlsProfile::open(TlsEvents& events) const {
  Ssl ssl(SSL_new(context_.get()));
  if (ssl) SSL_set_app_data(ssl.get(), &events);
  return ssl;
}

int TlsProfile::verify(int ok, X509_STORE_CTX* state) noexcept {
  const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(state, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const TlsSettings& settings = profile_of(ssl).settings();
  const int error = X509_STORE_CTX_get_error(state);
  const int depth = X509_STORE_CTX_get_error_depth(state);
  if (!ok && settings.verify == Verify::AnyIssuer && is_about_the_issuer(error)) ok = 1;
  if (!ok && settings.crl_may_be_missing && error == X509_V_ERR_UNABLE_TO_GET_CRL) {
    X509_STORE_CTX_set_error(state, X509_V_OK);
    ok = 1;
  }
  try {
    if (!ok) {
      events_of(ssl).refused(TlsFault::Certificate, std::string(X509_verify_cert_error_string(error)) + " (error " +
                                                        std::to_string(error) + ", certificate " +
                                                        std::to_string(depth) + " of its chain)");
    } else if (depth > static_cast<int>(settings.depth)) {
      events_of(ssl).refused(TlsFault::ChainTooLong,
                             "its chain has " + std::to_string(depth) +
                                 " certificates above its own, and SSLProxyVerifyDepth allows " +
                                 std::to_string(settings.depth));
      ok = 0;
    }
  } catch (const std::exception&) {
    ok = 0;  // no memory for the words
  }
  return ok;
}

int TlsProfile::choose_certificate(SSL* ssl, X509** certificate, EVP_PKEY** key) noexcept {
  const bool chosen = profile_of(ssl).own_.choose(SSL_get_client_CA_list(ssl), certificate, key);
  events_of(ssl).asked_for_certificate(chosen);
  return chosen ? 1 : 0;
}

// 1: the session is ours now.
int TlsProfile::keep_session(SSL* ssl, SSL_SESSION* session) noexcept {
  try {
    events_of(ssl).got_session(SslSession(session));
  } catch (const std::exception&) {
    // No memory to keep it in: gone on without.
  }
  return 1;
}

}  // namespace cxxproxy::backend
