// The parts of an explanation.
#pragma once

#include "httpd/config.hpp"
#include "httpd/explain/report.hpp"

namespace cxxproxy::httpd {

// A server's mappings in the order in which they are tried, with those that can never match marked.
void explain_mappings(Report& report, const server_rec* s);

// What requests to a member really get, and which line says so. `s` is the server that they come to.
void explain_member(Report& report, int depth, apr_pool_t* pool, const server_rec* s, const Member& member);

// It is reached through TLS, and SSLProxyEngine is not On for requests to `s`: they get 500.
bool lacks_tls(const server_rec* s, const Member& member);

// A balancer's settings, and its members.
void explain_balancer(Report& report, apr_pool_t* pool, const server_rec* s, const Balancer& balancer);

// What will not do what it seems to: a line each.
void explain_warnings(Report& report, server_rec* main_server);

// What becomes of a GET for `url` (http or https), with the given fields ("Name: value") in its head.
void explain_request(Report& report, apr_pool_t* pool, server_rec* main_server, const char* url,
                     const PoolArray<const char*>& fields);

}  // namespace cxxproxy::httpd
