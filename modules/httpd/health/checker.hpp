// Health checks: of all processes one at a time checks all members that want it, on a reactor of its own, so that no
// check makes a request wait and no request a check. What it finds goes to shared memory, where it outlives the
// process.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

// In the parent, in post_config, once there are rosters.
int prepare_checks(server_rec* main_server);

// In child_init, if there is a balancer: starts the thread that checks while it is this process's turn.
void start_checker(apr_pool_t* child_pool, server_rec* main_server);

// child_stopping: the checks of this process end, and another one takes over. It may be called in a signal handler.
void stop_checker(apr_pool_t* child_pool, int graceful) noexcept;

}  // namespace cxxproxy::httpd
