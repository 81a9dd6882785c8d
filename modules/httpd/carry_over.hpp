// The shared state of a generation, and what it takes over from the one before.
//
// A segment is used by one generation after the other as long as it has the same slots. When the configuration has
// other members, a new one is made, and each member that both know takes its counters, its marks and what was changed
// at run time along. What the children of the last generation count from then on follows, see segments.
//
// An edited configuration wins over a remembered value, field by field: what the configuration says anew counts from
// then on, and the log says what it took the place of.
#pragma once

#include "httpd/state_plan.hpp"

namespace cxxproxy::httpd {

// In the parent, in post_config: makes or takes over the state, connects all members and balancers with it and makes it
// the running one. APR_SUCCESS, or why there is no memory.
apr_status_t begin_generation(apr_pool_t* pconf, apr_pool_t* ptemp, server_rec* main_server, const StatePlan& plan);

// The same as if nothing had been before, for this process alone: no file is read or written, nothing outlives it.
apr_status_t rehearse_generation(apr_pool_t* pconf, server_rec* main_server, const StatePlan& plan);

}  // namespace cxxproxy::httpd
