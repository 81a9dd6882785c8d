// Max-Forwards (RFC 9110 section 7.6.2), for every method, as the stock modules do.
#pragma once

#include "httpd/apache.hpp"

#include <optional>

namespace cxxproxy::httpd {

// Counts the request's Max-Forwards down, or sets it as ProxyMaxForwards says. A status when the request ends here: it
// has come to its last hop, or the field is no number.
std::optional<int> count_forwards(request_rec* r);

}  // namespace cxxproxy::httpd
