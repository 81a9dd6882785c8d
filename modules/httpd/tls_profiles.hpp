// Makes a TLS profile for each distinct set of SSLProxy* settings.
#pragma once

#include "httpd/tls_settings.hpp"

namespace cxxproxy::httpd {

// In post_config: reads certificates, keys and revocation lists for all servers and <Proxy> sections. Sets
// DirConfig::tls_way of each of them. OK, or the status that stops the start; then the log says why.
int make_tls_profiles(apr_pool_t* pconf, server_rec* main_server);

}  // namespace cxxproxy::httpd
