// ProxyPassReverse and the cookie rules: what a backend says about itself becomes what the client can use.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

// The public URL for one that a backend named in Location, Content-Location, URI or Destination; `url` itself when no
// rule applies. In r->pool.
const char* public_url(request_rec* r, const char* url);

// A Set-Cookie value with its path and domain made public. In r->pool.
const char* public_cookie(request_rec* r, const char* cookie);

}  // namespace cxxproxy::httpd
