// The balancers' part of server-status.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

// mod_status's hook, where `ProxyStatus` is on: tables, or lines for `?auto`.
int show_balancers_status(request_rec* r, int flags) noexcept;

}  // namespace cxxproxy::httpd
