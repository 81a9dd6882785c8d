// Our entry in Via (RFC 9110 section 7.6.3), for both directions.
#pragma once

#include "httpd/config.hpp"

namespace cxxproxy::httpd {

// "1.1 name[:port]", with the server's version as a comment for ProxyVia Full; null when ProxyVia wants none. In
// r->pool.
const char* via_entry(request_rec* r);

}  // namespace cxxproxy::httpd
