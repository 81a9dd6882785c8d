// What a child process keeps for each member: its addresses and its idle connections. Made in child_init, after the
// fork; lives until the child ends.
#pragma once

#include "httpd/member.hpp"

#include "backend/address_book.hpp"
#include "backend/pool.hpp"

namespace cxxproxy::httpd {

struct MemberConnections {
  MemberConnections(const Member& member, int threads);

  backend::AddressBook addresses;
  backend::Pool pool;
};

// Of a member's pool in a child of so many threads, where children have reactors (`with_engine`) or have none.
backend::PoolSettings pool_settings(const MemberSettings& settings, int threads, bool with_engine);

// For all members of all servers, once each. In child_init.
void open_connections(server_rec* main_server);

// For one that was added at run time.
void open_connections(Member& member);

// Closes what lies idle, for all members of all servers. Any thread.
void close_idle_connections(server_rec* main_server);

// How long the addresses of a member hold; below 0: for ever. Of one without reuse each request looks its name up,
// unless addressttl= says otherwise.
std::chrono::seconds address_ttl(const Member& member);

// A path of its own for a request to a target that nobody declared; lives in the request's pool.
backend::AddressBook& address_book_for(apr_pool_t* pool, const char* host, apr_port_t port, const char* unix_path);

// The ProxySourceAddress in the form that sockets want.
std::optional<backend::Endpoint> source_endpoint(const apr_sockaddr_t* address);

}  // namespace cxxproxy::httpd
