// BalancerPersist: the state of balancers over a full stop, in a file of the directory for files of the running server
// (DefaultRuntimeDir).
#pragma once

#include "httpd/apache.hpp"
#include "httpd/carry_over.hpp"
#include "httpd/shared_state.hpp"

namespace cxxproxy::httpd {

// Whether any server has it On.
bool persists(server_rec* main_server);

// In the parent, at a start: a segment in `pool` with what the file has, for this generation to take over; null when
// there is none. A file that is damaged or foreign is set aside, with a line in the log.
void* load_saved(apr_pool_t* pool, server_rec* main_server);

// In the parent: from now on the state of the running generation is saved when it stops, and soon after each change.
// Children that run with it meanwhile do not matter.
void keep_saved(apr_pool_t* pconf, server_rec* main_server, const StatePlan& plan);

// The monitor hook, every ten seconds or so in the parent: saves what the balancer-manager has changed.
int save_changes(apr_pool_t* pool, server_rec* main_server) noexcept;

}  // namespace cxxproxy::httpd
