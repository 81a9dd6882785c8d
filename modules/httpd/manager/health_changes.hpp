// Changes of how a member is checked.
#pragma once

#include "httpd/config.hpp"
#include "httpd/live_settings.hpp"
#include "httpd/manager/form.hpp"

#include <vector>

namespace cxxproxy::httpd::manager {

// What the form asks for and may be, under the lock of the shared state; what makes no sense changes nothing. `config`
// has the expressions. What has changed, in words of the pool: "health check interval 5000 ms".
std::vector<const char*> change_health(apr_pool_t* pool, const Form& form, const ServerConfig& config, LiveHealth& now);

}  // namespace cxxproxy::httpd::manager
