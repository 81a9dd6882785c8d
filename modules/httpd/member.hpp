// Members and balancers as configured. A member is a backend that requests can be sent to: one of a balancer's, or one
// that stands alone (made by a plain ProxyPass). The configuration calls both "worker".
//
// Made while the configuration is read, in its pool; immutable afterwards but for what Member::state points to and what
// a child process adds in its child_init (pools, addresses). What the balancer-manager changes is in the shared
// records, and comes to requests by way of the roster.
#pragma once

#include "httpd/apache.hpp"
#include "httpd/member_settings.hpp"
#include "httpd/origin.hpp"
#include "httpd/pool.hpp"

#include "cxxproxy/policy.hpp"
#include "wire/response_reader.hpp"

#include <cstdint>
#include <string_view>

namespace cxxproxy::httpd {

struct Balancer;
struct MemberState;
struct BalancerState;
struct MemberConnections;
struct ServerConfig;
class LatestRoster;

struct Member {
  const char* name;  // scheme://host[:port][path], scheme and host in lower case, the scheme's own port left out
  const char* scheme;
  const char* host;
  apr_port_t port;        // the scheme's default where none was given; 0 for a scheme without one
  const char* unix_path;  // "" unless given as unix:path|url
  bool is_pattern;        // made by a regex mapping: its name matches URLs as a pattern ($n stands for anything)
  bool is_generic;        // the fallback for targets that nobody declared
  Balancer* balancer;     // null for one that stands alone
  std::uint16_t index;    // its place in the balancer
  const Origin* origin;   // of its name; null where that is for no connection (a pattern, a generic one)
  MemberSettings settings;
  ap_conf_vector_t* section;  // its <Proxy> section's settings, or null
  const char* defined_at;     // file:line, for messages

  MemberState* state;              // shared by all children; set at post_config
  MemberConnections* connections;  // this child's; set in child_init

  // What status pages and logs call it: the name, with the socket's path in front where there is one.
  const char* display_name(apr_pool_t* pool) const;
};

struct Balancer {
  const char* name;        // balancer://name, lower case, no path
  const char* front_path;  // the path of the ProxyPass that made it, for the manager's page
  BalancerSettings settings;
  PoolArray<Member*> members;  // that the configuration names. Who serves requests asks roster_of()
  Balancer* members_of;        // the main server's balancer of that name, whose members these are; null: its own
  ap_conf_vector_t* section;
  Policy* policy;  // of the configuration, found by name; of one instance a process
  const char* defined_at;

  BalancerState* state;        // shared by all children; set at post_config
  LatestRoster* latest;        // likewise; this process's
  const ServerConfig* server;  // the first that has it
  std::uint32_t number;        // among all balancers
};

// Whose members it has: those of the configuration, and those that are added at run time.
inline const Balancer& owner_of_members(const Balancer& balancer) noexcept {
  return balancer.members_of ? *balancer.members_of : balancer;
}
inline Balancer& owner_of_members(Balancer& balancer) noexcept {
  return balancer.members_of ? *balancer.members_of : balancer;
}

// Which members a look-up considers.
enum class MemberKind { Any, Plain, Pattern };

// Defines a member for `url` (`unix:path|url` included). On success returns null and sets `made`; else says what is
// wrong with the URL, in words that fit behind "<directive>: ". With `balancer` the member is appended there, else to
// `config`.
struct NewMember {
  apr_pool_t* pool;
  ServerConfig* config;
  Balancer* balancer = nullptr;
  const char* url;
  bool is_pattern = false;
};
const char* define_member(const NewMember& wanted, Member*& made);

// The same without adding it anywhere.
const char* make_member(const NewMember& wanted, Member*& made);

// The member of `balancer` (or, when null, of those that stand alone in `config`) whose name is the longest match for
// `url`, or null. `url` is a full URL without unix: part; scheme and host compare without case, the path with it.
Member* find_member(const ServerConfig& config, const Balancer* balancer, std::string_view url, MemberKind kind);

// Takes the `unix:path|` off the front of a URL: the rest, "localhost" put in where it names no host; null when there
// is no scheme behind the bar.
const char* without_unix_path(apr_pool_t* pool, const char* url);

bool names_balancer(std::string_view url) noexcept;  // starts with balancer://
Balancer* find_balancer(const ServerConfig& config, std::string_view url);

// Like define_member. `front_path` may be null.
const char* define_balancer(apr_pool_t* pool, ServerConfig& config, const char* url, const char* front_path,
                            Balancer*& made);

// Notes the path under which a further ProxyPass reaches the balancer, for the manager's page. A path that does not fit
// there is left out.
void note_front_path(apr_pool_t* pool, Balancer& balancer, const char* path);

}  // namespace cxxproxy::httpd
