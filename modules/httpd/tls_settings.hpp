// What SSLProxy* directives have said, and the way of TLS that becomes of it.
//
// mod_ssl reads the same directives where it is loaded. We do not ask it: connections of ours are no conn_recs, and the
// directives work without it.
#pragma once

#include "httpd/apache.hpp"
#include "httpd/pool.hpp"

#include "backend/tls/settings.hpp"

namespace cxxproxy::backend {
class TlsProfile;
}

namespace cxxproxy::httpd {

// As given in one place: a server, a virtual host or a <Proxy> section.
struct TlsGiven {
  Setting<bool> engine;
  Setting<unsigned> protocols;
  Setting<const char*> ciphers;
  Setting<const char*> ciphersuites;
  Setting<backend::Verify> verify;
  Setting<unsigned> depth;
  Setting<const char*> ca_file;
  Setting<const char*> ca_path;
  Setting<backend::CrlCheck> crl_check;
  Setting<bool> crl_may_be_missing;
  Setting<const char*> crl_file;
  Setting<const char*> crl_path;
  Setting<bool> check_cn;
  Setting<bool> check_name;
  Setting<bool> check_dates;
  Setting<const char*> own_file;
  Setting<const char*> own_path;
  Setting<const char*> own_chain;
};

// Null where neither gives anything. Only while the configuration is read: what an inner place gives wins.
TlsGiven* merged_tls(apr_pool_t* pool, TlsGiven* outer, TlsGiven* inner);

// How requests of one place reach backends through TLS; made in post_config.
struct TlsWay {
  backend::TlsProfile* profile;  // null: SSLProxyEngine is not On there
  const char* number;            // connections of other ways are left alone
};

}  // namespace cxxproxy::httpd
