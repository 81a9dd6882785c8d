// The handler `balancer-manager`.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

// The handler hook. Looking asks for nothing; changing needs the balancer's nonce and a page of this origin.
int manage_balancers(request_rec* r) noexcept;

}  // namespace cxxproxy::httpd
