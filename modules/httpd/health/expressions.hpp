// ProxyHCExpr: expressions that say whether the answer to a health check is good, and what only they can read,
// hc('body') and %{HC_BODY}.
#pragma once

#include "httpd/config.hpp"

#include <string_view>
#include <vector>

namespace cxxproxy::httpd {

// What such an expression reads besides the fields of a request_rec. Who evaluates one puts a pointer to it into the
// request_config of proxy_hcheck_module; without it both are empty.
struct CheckedAnswer {
  std::string_view body;
};

// Among the hooks of proxy_hcheck_module: without that record nobody knows hc() and HC_BODY.
void register_expressions();

// By name, in any case: that server's, else the main server's; null when there is none. While the configuration is read
// only what stands before is there. Any thread, later.
const HealthExpression* find_health_expression(const ServerConfig& of_balancer, const char* name);

// All that find_health_expression() finds, in the order of the configuration.
std::vector<const HealthExpression*> health_expressions_of(const ServerConfig& config);

}  // namespace cxxproxy::httpd
