// The engine of a child process: its reactors, and the hooks by which connections get there.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

class ReactorThread;

// child_init: starts the reactors, on the event MPM and where the engine is on.
void start_engine(apr_pool_t* child_pool, server_rec* main_server);

// Whether connections can be captured on the MPM that runs.
bool mpm_has_engine() noexcept;

// Whether children will have reactors: on such an MPM, where some server wants them.
bool engine_is_wanted(const server_rec* main_server) noexcept;

// Whether this child has reactors.
bool engine_runs() noexcept;

// The reactor for a further connection, or null without an engine.
ReactorThread* choose_reactor() noexcept;

// Whether requests of this server may be driven by a reactor in this child.
bool engine_is_on(const server_rec* s) noexcept;

// False: the child is about to end, and what a thread of the MPM has begun it has to finish.
bool engine_takes_more() noexcept;

// mod_cache may answer before all phases, from files of any size.
bool cache_answers_quickly() noexcept;

// Some section asks clients for another TLS handshake (SSLVerifyClient and its kin), for which a hook waits.
bool handshakes_may_repeat() noexcept;
void note_repeated_handshakes() noexcept;

// Hooks.
int capture_connection(conn_rec* c) noexcept;                      // process_connection
int intercept_request(request_rec* r, int lookup) noexcept;        // quick_handler
int count_request(request_rec* r) noexcept;                        // log_transaction
void drain_engine(apr_pool_t* child_pool, int graceful) noexcept;  // child_stopping

}  // namespace cxxproxy::httpd
