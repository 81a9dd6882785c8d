#include "httpd/config.hpp"

#include "httpd/log.hpp"

#include <algorithm>

APLOG_USE_MODULE(proxy);

namespace cxxproxy::httpd {
namespace {

// A vhost's balancer of a name that the main server has too: it keeps the settings that the vhost gave, takes the rest
// from the main server's, and has the main server's members.
void take_over(apr_pool_t* pool, Balancer& inner, Balancer& outer) {
  BalancerSettings& mine = inner.settings;
  const BalancerSettings& theirs = outer.settings;
  if (!*mine.sticky_cookie && *theirs.sticky_cookie) {
    mine.sticky_cookie = theirs.sticky_cookie;
    mine.sticky_param = theirs.sticky_param;
  }
  mine.sticky_separator = mine.sticky_separator.within(theirs.sticky_separator);
  mine.semicolon_ends = mine.semicolon_ends.within(theirs.semicolon_ends);
  mine.nofailover = mine.nofailover.within(theirs.nofailover);
  if (!mine.timeout) mine.timeout = theirs.timeout;
  mine.max_attempts = mine.max_attempts.within(theirs.max_attempts);
  mine.fail_on_status = PoolArray<int>::joined(pool, mine.fail_on_status, theirs.fail_on_status);
  mine.fail_on_timeout = mine.fail_on_timeout.within(theirs.fail_on_timeout);
  mine.force_recovery = mine.force_recovery.within(theirs.force_recovery);
  mine.nonce = mine.nonce.within(theirs.nonce);
  mine.growth = mine.growth.within(theirs.growth);
  if (!mine.lbmethod_given) {
    mine.lbmethod = theirs.lbmethod;
    mine.lbmethod_given = theirs.lbmethod_given;
    inner.policy = outer.policy;
  }
  if (!inner.members.empty()) {
    ap_log_perror(APLOG_MARK, APLOG_WARNING, 0, pool,
                  CXXPROXY_LOGNO(0105) "%s has members in a virtual host (%s), which are ignored: the main server's "
                                       "balancer of that name (%s) has the members for both",
                  inner.name, inner.members[0]->defined_at, outer.defined_at);
  }
  inner.members = outer.members;
  inner.members_of = &owner_of_members(outer);
  if (!inner.section) inner.section = outer.section;
}

PoolArray<Balancer*> merge_balancers(apr_pool_t* pool, const PoolArray<Balancer*>& outer,
                                     const PoolArray<Balancer*>& inner) {
  PoolArray<Balancer*> merged(pool);
  for (Balancer* from_outer : outer) {
    Balancer** same = std::find_if(inner.begin(), inner.end(), [&](const Balancer* candidate) {
      return std::string_view(candidate->name) == from_outer->name;
    });
    if (same == inner.end()) {
      merged.push(from_outer);
    } else {
      take_over(pool, **same, *from_outer);
    }
  }
  return PoolArray<Balancer*>::joined(pool, merged, inner);
}

ServerConfig* new_server_config(apr_pool_t* pool) {
  ServerConfig& config = make_in<ServerConfig>(pool);
  config.mappings = PoolArray<Mapping>(pool);
  config.members = PoolArray<Member*>(pool);
  config.balancers = PoolArray<Balancer*>(pool);
  config.sections = PoolArray<ap_conf_vector_t*>(pool);
  config.remotes = PoolArray<RemoteProxy>(pool);
  config.no_proxy = PoolArray<const char*>(pool);
  config.blocked = PoolArray<const char*>(pool);
  config.health_templates = PoolArray<HealthTemplate>(pool);
  config.health_expressions = PoolArray<HealthExpression>(pool);
  return &config;
}

// The lists. What a vhost inherits is odd but relied upon: mappings always, members and balancers unless *both*
// ProxyPassInherit and BalancerInherit are Off, remotes only with ProxyPassInherit On.
void merge_lists(apr_pool_t* pool, ServerConfig& merged, const ServerConfig& outer, const ServerConfig& inner) {
  merged.mappings = PoolArray<Mapping>::joined(pool, outer.mappings, inner.mappings);
  merged.sections = PoolArray<ap_conf_vector_t*>::joined(pool, outer.sections, inner.sections);
  merged.no_proxy = PoolArray<const char*>::joined(pool, outer.no_proxy, inner.no_proxy);
  merged.blocked = PoolArray<const char*>::joined(pool, outer.blocked, inner.blocked);
  const bool mappings_inherit = merged.pass_inherit.value_or(true);
  merged.remotes =
      mappings_inherit ? PoolArray<RemoteProxy>::joined(pool, outer.remotes, inner.remotes) : inner.remotes;
  if (mappings_inherit || merged.balancer_inherit.value_or(true)) {
    merged.members = PoolArray<Member*>::joined(pool, outer.members, inner.members);
    merged.balancers = merge_balancers(pool, outer.balancers, inner.balancers);
  } else {
    merged.members = inner.members;
    merged.balancers = inner.balancers;
  }
}

ServerConfig* merged_server(apr_pool_t* pool, const ServerConfig& outer, const ServerConfig& inner) {
  ServerConfig& merged = make_in<ServerConfig>(pool);
  merged.pass_inherit = inner.pass_inherit.within(outer.pass_inherit);
  merged.balancer_inherit = inner.balancer_inherit.within(outer.balancer_inherit);
  merge_lists(pool, merged, outer, inner);
  merged.has_encoded_mapping = outer.has_encoded_mapping || inner.has_encoded_mapping;
  merged.has_plain_mapping = outer.has_plain_mapping || inner.has_plain_mapping;
  merged.proxy_requests = inner.proxy_requests.within(outer.proxy_requests);
  merged.domain = inner.domain ? inner.domain : outer.domain;
  merged.via = inner.via.within(outer.via);
  merged.max_forwards = inner.max_forwards.within(outer.max_forwards);
  merged.balancer_persist = inner.balancer_persist;  // each virtual host says it for itself
  merged.balancer_growth = inner.balancer_growth.within(outer.balancer_growth);
  merged.status = inner.status.within(outer.status);
  merged.receive_buffer = inner.receive_buffer.within(outer.receive_buffer);
  merged.io_buffer = inner.io_buffer.within(outer.io_buffer);
  merged.timeout = inner.timeout.within(outer.timeout);
  merged.bad_header = inner.bad_header.within(outer.bad_header);
  merged.source_address = inner.source_address.within(outer.source_address);
  merged.engine = inner.engine.within(outer.engine);
  merged.reactors = outer.reactors;
  merged.tunnel_grace = outer.tunnel_grace;
  merged.header_timeout = inner.header_timeout.within(outer.header_timeout);
  merged.health_templates = inner.health_templates;
  merged.health_expressions = inner.health_expressions;
  return &merged;
}

DirConfig* merged_dir(apr_pool_t* pool, const DirConfig& outer, const DirConfig& inner) {
  DirConfig& merged = make_in<DirConfig>(pool);
  merged.section_url = inner.section_url;
  merged.section_regex = inner.section_regex;
  merged.section_has_wildcards = inner.section_has_wildcards;
  merged.section_captures = inner.section_captures;
  merged.mapping = inner.mapping ? inner.mapping : outer.mapping;
  merged.reverse = PoolArray<ReverseRule>::joined(pool, outer.reverse, inner.reverse);
  merged.cookie_paths = PoolArray<ReverseRule>::joined(pool, outer.cookie_paths, inner.cookie_paths);
  merged.cookie_domains = PoolArray<ReverseRule>::joined(pool, outer.cookie_domains, inner.cookie_domains);
  merged.interpolate_env = inner.interpolate_env.within(outer.interpolate_env);
  merged.preserve_host = inner.preserve_host.within(outer.preserve_host);
  merged.websocket_fallback = inner.websocket_fallback.within(outer.websocket_fallback);
  merged.error_override = inner.error_override.within(outer.error_override);
  merged.override_codes = PoolArray<int>::joined(pool, outer.override_codes, inner.override_codes);
  if (!outer.override_codes.empty() && !inner.override_codes.empty()) {
    std::sort(merged.override_codes.begin(), merged.override_codes.end());
  }
  merged.add_headers = inner.add_headers.within(outer.add_headers);
  merged.forward_continue = inner.forward_continue.within(outer.forward_continue);
  // A section's way has what its server gives in it already; before there are ways, virtual hosts inherit.
  merged.tls_way = inner.tls_way ? inner.tls_way : outer.tls_way;
  merged.tls = merged.tls_way ? inner.tls : merged_tls(pool, outer.tls, inner.tls);
  return &merged;
}

}  // namespace

void* create_server_config(apr_pool_t* pool, server_rec*) noexcept { return new_server_config(pool); }

void* merge_server_config(apr_pool_t* pool, void* outer, void* inner) noexcept {
  return merged_server(pool, *static_cast<const ServerConfig*>(outer), *static_cast<const ServerConfig*>(inner));
}

void* create_dir_config(apr_pool_t* pool, char*) noexcept {
  DirConfig& config = make_in<DirConfig>(pool);
  config.reverse = PoolArray<ReverseRule>(pool);
  config.cookie_paths = PoolArray<ReverseRule>(pool);
  config.cookie_domains = PoolArray<ReverseRule>(pool);
  config.override_codes = PoolArray<int>(pool);
  return &config;
}

void* merge_dir_config(apr_pool_t* pool, void* outer, void* inner) noexcept {
  return merged_dir(pool, *static_cast<const DirConfig*>(outer), *static_cast<const DirConfig*>(inner));
}

}  // namespace cxxproxy::httpd
