// Serving a proxied request: httpd's handler phase.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

// The handler hook: "proxy:URL" in r->filename, or a handler that is itself "proxy:URL" (SetHandler).
int handle_request(request_rec* r) noexcept;

}  // namespace cxxproxy::httpd
