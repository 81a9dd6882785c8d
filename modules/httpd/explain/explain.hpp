// `httpd -t -D DUMP_PROXY`: what the configuration means, on the standard output; and with -D PROXY_URL=URL, what
// becomes of a request for it.
//
// Everything is as configured: what the balancer-manager has changed in a server that runs, it shows itself.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

// The test_config hook. Does nothing unless one of the two is asked for; starts nothing, and reads and writes no file
// but those that SSLProxy* directives name.
void explain_configuration(apr_pool_t* pconf, server_rec* main_server) noexcept;

}  // namespace cxxproxy::httpd
