// Makes a TLS profile for each distinct set of SSLProxy* settings.
#pragma once

#include "httpd/member.hpp"
#include "httpd/tls_settings.hpp"

namespace cxxproxy::httpd {

// In post_config: reads certificates, keys and revocation lists for all servers and <Proxy> sections. Sets
// DirConfig::tls_way of each of them. OK, or the status that stops the start; then the log says why.
int make_tls_profiles(apr_pool_t* pconf, server_rec* main_server);

// How requests that come to `s` reach the member through TLS: what the <Proxy> sections for it say, or for the balancer
// whose member it is, else the server; null where SSLProxyEngine is not On. One request may say more (see tls_way_of).
const TlsWay* tls_way_to(const server_rec* s, const Member& member);

}  // namespace cxxproxy::httpd
