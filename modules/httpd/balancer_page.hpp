// The balancer-manager handler: shows the balancers of the virtual host, their members and how they do.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

// The handler hook for SetHandler balancer-manager. GET only: there is nothing to change here yet.
int show_balancers(request_rec* r) noexcept;

}  // namespace cxxproxy::httpd
