// What the configuration says, per server and per directory, and how the two merge. Immutable once the server runs.
#pragma once

#include "httpd/apache.hpp"
#include "httpd/member.hpp"
#include "httpd/pool.hpp"
#include "httpd/tls_settings.hpp"

#include <apr_network_io.h>

namespace cxxproxy::httpd {

// One ProxyPass or ProxyPassMatch.
struct Mapping {
  const char* path;
  ap_regex_t* regex;   // null: `path` is a prefix
  const char* target;  // "!": not proxied
  bool nocanon;
  bool interpolate;
  bool noquery;
  bool encoded;  // matched before decoding; `servlet` implies it
  bool servlet;
  OriginForms origin;  // with which the target begins; empty where that is not known
  const char* defined_at;

  bool excludes() const noexcept { return target[0] == '!' && target[1] == '\0'; }
};

// One ProxyPassReverse (public path, internal URL) or cookie rule (public and internal path or domain).
struct ReverseRule {
  const char* public_part;
  const char* internal;
  bool interpolate;
};

// Inside a directory-like section (or a server's top level, which is one too).
struct DirConfig {
  // What a <Proxy> or <ProxyMatch> section applies to; all null in any other.
  const char* section_url = nullptr;
  ap_regex_t* section_regex = nullptr;
  bool section_has_wildcards = false;
  PoolArray<const char*> section_captures;  // MATCH_NAME or null, by group

  const Mapping* mapping = nullptr;
  PoolArray<ReverseRule> reverse;
  PoolArray<ReverseRule> cookie_paths;
  PoolArray<ReverseRule> cookie_domains;
  Setting<bool> interpolate_env;
  Setting<bool> preserve_host;
  Setting<bool> websocket_fallback;
  Setting<bool> error_override;
  PoolArray<int> override_codes;  // ascending; empty: every 4xx and 5xx
  Setting<bool> add_headers;
  Setting<bool> forward_continue;
  TlsGiven* tls = nullptr;          // null: nothing is given here
  const TlsWay* tls_way = nullptr;  // what becomes of it, and of what the server gives; made in post_config
};

enum class Via { Off, On, Block, Full };
enum class ProxyStatus { Off, On };

struct RemoteProxy {
  const char* match;  // "*", a scheme, a URL prefix, or a regex's text
  ap_regex_t* regex;
  const char* scheme;
  const char* host;
  apr_port_t port;
  const char* credentials;  // user:pass or null
};

// ProxyHCTemplate: keys of health checks under a name.
struct HealthTemplate {
  const char* name;
  HealthSettings settings;
  const char* defined_at;
};

// ProxyHCExpr: what an answer must be like.
struct HealthExpression {
  const char* name;
  const char* text;
  const ap_expr_info_t* parsed;
};

// How long a request's head may take: mod_reqtimeout's `header=`, which we read along with it.
struct HeaderTimeout {
  apr_interval_time_t initial = 0;   // 0: no limit
  apr_interval_time_t most = 0;      // 0: no limit to what `per_byte` adds
  apr_interval_time_t per_byte = 0;  // each byte that came adds so much
};

class ServerIndex;

// Settings of a server or virtual host.
struct ServerConfig {
  PoolArray<Mapping> mappings;
  PoolArray<Member*> members;  // those that stand alone
  PoolArray<Balancer*> balancers;
  PoolArray<ap_conf_vector_t*> sections;
  bool has_encoded_mapping = false;  // some mapping matches before decoding
  bool has_plain_mapping = false;
  const ServerIndex* index = nullptr;  // of the lists above, for requests; made in post_config

  Setting<bool> proxy_requests;
  PoolArray<RemoteProxy> remotes;
  PoolArray<const char*> no_proxy;
  PoolArray<const char*> blocked;
  const char* domain = nullptr;
  Setting<Via> via;
  Setting<long> max_forwards;
  Setting<bool> pass_inherit;
  Setting<bool> balancer_inherit;
  Setting<bool> balancer_persist;
  Setting<int> balancer_growth;
  Setting<ProxyStatus> status;
  Setting<int> receive_buffer;
  Setting<long> io_buffer;
  Setting<apr_interval_time_t> timeout;
  Setting<wire::ResponseReader::BadField> bad_header;
  Setting<apr_sockaddr_t*> source_address;
  Setting<bool> engine;
  Setting<int> reactors;                                     // of the main server only
  Setting<std::optional<apr_interval_time_t>> tunnel_grace;  // the same; without a value: no limit
  Setting<HeaderTimeout> header_timeout;
  PoolArray<HealthTemplate> health_templates;  // own ones: the main server's are looked for there
  PoolArray<HealthExpression> health_expressions;
  bool health_threads_given = false;  // ProxyHCTPsize
};

inline ServerConfig& config_of(const server_rec* s) {
  return *static_cast<ServerConfig*>(ap_get_module_config(s->module_config, &proxy_module));
}
inline DirConfig& config_of(ap_conf_vector_t* per_dir) {
  return *static_cast<DirConfig*>(ap_get_module_config(per_dir, &proxy_module));
}
inline DirConfig& dir_config_of(const request_rec* r) { return config_of(r->per_dir_config); }

// The functions of the module record; run while the configuration is read, and the merge of directory settings at
// request time too.
void* create_server_config(apr_pool_t* pool, server_rec* s) noexcept;
void* merge_server_config(apr_pool_t* pool, void* outer, void* inner) noexcept;
void* create_dir_config(apr_pool_t* pool, char* path) noexcept;
void* merge_dir_config(apr_pool_t* pool, void* outer, void* inner) noexcept;

extern const command_rec proxy_directives[];

// What holds on this server: as configured, else mod_reqtimeout's default where that is loaded.
HeaderTimeout header_timeout_of(const server_rec* s) noexcept;

}  // namespace cxxproxy::httpd
