// The URL that a request is proxied to, once it is in r->filename as "proxy:URL".
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

// The URL behind "proxy:", or null when the request is not proxied.
const char* proxied_url(const request_rec* r) noexcept;

// Whether the handler of this module will serve it: routed to a URL, or with a handler "proxy:URL".
bool is_proxied(const request_rec* r) noexcept;

// Brings r->filename into canonical form: `unix:path|` goes into the note uds_path, the host is in lower case, the path
// percent-encoded as the mapping asks, the query appended. OK, DECLINED for a scheme that nobody here serves, or the
// status for a URL that may not be forwarded.
int canonicalize(request_rec* r);

// `text` with each ${NAME} replaced by that environment variable of the request, or by nothing. In r->pool.
const char* interpolate(request_rec* r, const char* text);

}  // namespace cxxproxy::httpd
