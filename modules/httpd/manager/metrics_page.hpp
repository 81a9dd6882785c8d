// The handler `cxxproxy-metrics`: figures of all balancers of all servers for a monitor, as OpenMetrics text.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

// Hook: handler.
int show_metrics(request_rec* r) noexcept;

}  // namespace cxxproxy::httpd
