// Health checks on the HTML page: columns of the members' table, the table of expressions, fields of a member's form.
#pragma once

#include "httpd/config.hpp"
#include "httpd/live_settings.hpp"
#include "httpd/manager/html.hpp"
#include "httpd/shared_state.hpp"

namespace cxxproxy::httpd::manager {

// In the order of the stock page, and at last what the last check has found.
void show_health_cells(Html& html, const Member& member, const LiveHealth& live, const CheckReport& report);

// Nothing where there are none.
void show_expressions(Html& html, const ServerConfig& config);

// `config` has the expressions that the member may have.
void show_health_fields(Html& html, const ServerConfig& config, const LiveHealth& live);

}  // namespace cxxproxy::httpd::manager
