// Who speaks in the error log. A file that logs names its module once with APLOG_USE_MODULE after including this:
// proxy for routing and configuration, proxy_http for the exchange, proxy_balancer for members and balancers, so that
// `LogLevel proxy:debug proxy_balancer:info` selects what it selects with the stock modules.
//
// An event that has a number in the stock modules carries that number (APLOGNO); ours alone are tagged CXP and a number
// listed in docs/log-ids.md.
#pragma once

#include "httpd/apache.hpp"

#define CXXPROXY_LOGNO(n) "CXP" #n ": "
