// What servers report of themselves for lbmethod=heartbeat: from mod_heartmonitor's shared memory if it is there, else
// from a file. It is looked at once a second at most, by whichever thread asks then; all others go on with what was
// read last, without waiting. Only the first of a process are made to wait for the first reading.
//
// The file may be missing, half written or huge: a regular file is read without waiting, its first MiB at most. While
// it cannot be read the error log says so at every look, and what was read before counts until it is ten seconds old.
#pragma once

#include "httpd/apache.hpp"

#include "balance/heartbeat.hpp"

namespace cxxproxy::httpd {

// The directive HeartbeatStorage, of the record lbmethod_heartbeat_module.
extern const command_rec heartbeat_directives[];

// pre_config: forgets the file of an earlier configuration.
int forget_heartbeat_storage(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp) noexcept;

// post_config, behind mod_heartmonitor's: where reports come from.
int find_heartbeat_source(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* main_server) noexcept;

// The reports as of now, or a second ago. Any thread of a child; valid until the same thread asks again.
const balance::HeartbeatReports& heartbeat_reports(apr_time_t now);

}  // namespace cxxproxy::httpd
