#include "httpd/tls_settings.hpp"

namespace cxxproxy::httpd {

TlsGiven* merged_tls(apr_pool_t* pool, TlsGiven* outer, TlsGiven* inner) {
  if (!outer || !inner) return inner ? inner : outer;
  TlsGiven& merged = make_in<TlsGiven>(pool, *inner);
  const auto inherit = [&](auto which) { merged.*which = (inner->*which).within(outer->*which); };
  inherit(&TlsGiven::engine);
  inherit(&TlsGiven::protocols);
  inherit(&TlsGiven::ciphers);
  inherit(&TlsGiven::ciphersuites);
  inherit(&TlsGiven::verify);
  inherit(&TlsGiven::depth);
  inherit(&TlsGiven::ca_file);
  inherit(&TlsGiven::ca_path);
  inherit(&TlsGiven::crl_check);
  inherit(&TlsGiven::crl_may_be_missing);
  inherit(&TlsGiven::crl_file);
  inherit(&TlsGiven::crl_path);
  inherit(&TlsGiven::check_cn);
  inherit(&TlsGiven::check_name);
  inherit(&TlsGiven::check_dates);
  inherit(&TlsGiven::own_file);
  inherit(&TlsGiven::own_path);
  inherit(&TlsGiven::own_chain);
  return &merged;
}

}  // namespace cxxproxy::httpd
