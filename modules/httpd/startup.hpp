// From configuration to running server: checks, shared state, what each child keeps.
#pragma once

#include "httpd/apache.hpp"

#include <mpm_common.h>

namespace cxxproxy::httpd {

// pre_config of cxxproxy_module: refuses to run beside a stock proxy module, and without a record that we need.
int check_neighbours(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp) noexcept;

// post_config: shared state, policies, and warnings about what is configured and does not act.
int set_up(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* main_server) noexcept;

// For questions about the configuration, under `httpd -t`: as much of both as they need, and nothing that another
// process could see. OK, or the log says why not; a TLS setting that cannot be used is logged, too, and stops nothing.
int arrange(server_rec* main_server, apr_pool_t* pconf);

// child_init.
void begin_child(apr_pool_t* child_pool, server_rec* main_server) noexcept;

// child_status, in the parent: a child that is gone leaves nothing behind.
void note_child(server_rec* main_server, pid_t pid, ap_generation_t generation, int slot,
                mpm_child_status status) noexcept;

// The directives of cxxproxy_module: it reads LoadModule lines along with mod_so, so that one for a stock proxy module
// ends in a sentence instead of an unresolved symbol.
extern const command_rec neighbour_directives[];

}  // namespace cxxproxy::httpd
