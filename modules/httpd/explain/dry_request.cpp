#include "httpd/explain/dry_request.hpp"

#include "httpd/routing.hpp"

#include "backend/resolve.hpp"

#include <apr_uri.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace cxxproxy::httpd {
namespace {

bool is_name_of(const apr_array_header_t* names, const char* host, bool wild) {
  for (int i = 0; names && i < names->nelts; ++i) {
    const char* const name = APR_ARRAY_IDX(names, i, const char*);
    if (name && (wild ? ap_strcasecmp_match(host, name) == 0 : strcasecmp(host, name) == 0)) return true;
  }
  return false;
}

bool is_named(const server_rec* s, const char* host) {
  return (s->server_hostname && strcasecmp(s->server_hostname, host) == 0) || is_name_of(s->names, host, false) ||
         is_name_of(s->wild_names, host, true);
}

// The address that a client of that name would have come to. No name is looked up: the virtual host that bears it
// names its address, or any will do.
const char* address_for(apr_pool_t* pool, const server_rec* main_server, const char* host, apr_port_t port) {
  if (backend::is_address(host)) return host;
  for (const server_rec* s = main_server->next; s; s = s->next) {
    if (!is_named(s, host)) continue;
    for (const server_addr_rec* one = s->addrs; one; one = one->next) {
      if (one->host_port && one->host_port != port) continue;
      char* text = nullptr;
      if (apr_sockaddr_ip_get(&text, one->host_addr) != APR_SUCCESS) continue;
      const std::string_view address = text;
      if (address != "0.0.0.0" && address != "::") return apr_pstrdup(pool, text);
    }
  }
  return "127.0.0.1";
}

conn_rec* make_connection(apr_pool_t* pool, server_rec* main_server, const char* host, apr_port_t port) {
  auto* c = static_cast<conn_rec*>(apr_pcalloc(pool, sizeof(conn_rec)));
  c->pool = pool;
  c->base_server = main_server;
  c->bucket_alloc = apr_bucket_alloc_create(pool);
  c->conn_config = ap_create_conn_config(pool);
  c->notes = apr_table_make(pool, 4);
  c->client_ip = apr_pstrdup(pool, asking_client);
  c->local_ip = apr_pstrdup(pool, address_for(pool, main_server, host, port));
  const bool known = apr_sockaddr_info_get(&c->client_addr, asking_client, APR_INET, 49152, 0, pool) == APR_SUCCESS &&
                     apr_sockaddr_info_get(&c->local_addr, c->local_ip, APR_UNSPEC, port, 0, pool) == APR_SUCCESS;
  if (!known) return nullptr;
  ap_update_vhost_given_ip(c);
  return c;
}

void add_fields(request_rec* r, const PoolArray<const char*>& fields) {
  for (const char* const field : fields) {
    const char* const colon = strchr(field, ':');
    if (!colon) continue;
    const char* value = colon + 1;
    while (*value == ' ') ++value;
    apr_table_add(r->headers_in, apr_pstrmemdup(r->pool, field, static_cast<apr_size_t>(colon - field)), value);
  }
}

// The hooks of these modules, of one phase.
template <class Link>
int run_of(request_rec* r, const apr_array_header_t* hooks, const std::array<std::string_view, 3>& modules) {
  for (int i = 0; hooks && i < hooks->nelts; ++i) {
    const Link& hook = APR_ARRAY_IDX(hooks, i, Link);
    if (std::find(modules.begin(), modules.end(), hook.szName) == modules.end()) continue;
    const int status = hook.pFunc(r);
    if (ap_is_HTTP_ERROR(status)) return status;
  }
  return OK;
}

constexpr std::array<std::string_view, 3> asked = {"mod_setenvif.c", "mod_env.c", "mod_headers.c"};

int walk(request_rec* r) {
  if (const int status = ap_location_walk(r); status != OK) return status;
  return ap_if_walk(r);
}

unsigned normalizing(const request_rec* r) {
  const auto* core = static_cast<const core_server_config*>(ap_get_core_module_config(r->server->module_config));
  const unsigned merging = core->merge_slashes != AP_CORE_CONFIG_OFF ? AP_NORMALIZE_MERGE_SLASHES : 0U;
  return AP_NORMALIZE_NOT_ABOVE_ROOT | AP_NORMALIZE_DECODE_UNRESERVED | merging;
}

int decode(request_rec* r) {
  const auto* core = static_cast<const core_dir_config*>(ap_get_core_module_config(r->per_dir_config));
  unsigned how = AP_UNESCAPE_URL_KEEP_UNRESERVED;
  if (!core->allow_encoded_slashes) {
    how |= AP_UNESCAPE_URL_FORBID_SLASHES;
  } else if (!core->decode_encoded_slashes) {
    how |= AP_UNESCAPE_URL_KEEP_SLASHES;
  }
  return ap_unescape_url_ex(r->parsed_uri.path, how);
}

// As ap_process_request_internal() has it, for the phases that decide where a request goes.
int translate(request_rec* r) {
  if (!ap_normalize_path(r->parsed_uri.path, normalizing(r))) return HTTP_BAD_REQUEST;
  if (const int status = walk(r); status != OK) return status;
  const int early = match_encoded(r);
  if (ap_is_HTTP_ERROR(early)) return early;
  r->per_dir_config = r->server->lookup_defaults;
  if (early != DONE) {
    if (const int status = decode(r); status != OK) return status;
  }
  if (const int status = walk(r); status != OK) return status;
  if (const int status = match_decoded(r); ap_is_HTTP_ERROR(status)) return status;
  r->per_dir_config = r->server->lookup_defaults;
  if (const int status = apply_sections(r); ap_is_HTTP_ERROR(status)) return status;
  return walk(r);
}

}  // namespace

request_rec* make_dry_request(apr_pool_t* pool, server_rec* main_server, const char* url,
                              const PoolArray<const char*>& fields, std::string& wrong) {
  apr_uri_t parsed;
  const bool is_url = apr_uri_parse(pool, url, &parsed) == APR_SUCCESS && parsed.scheme && parsed.hostname &&
                      (strcmp(parsed.scheme, "http") == 0 || strcmp(parsed.scheme, "https") == 0);
  if (!is_url) {
    wrong = "no URL of the form http://host/path or https://host/path";
    return nullptr;
  }
  const apr_port_t port = parsed.port ? parsed.port : apr_uri_port_of_scheme(parsed.scheme);
  conn_rec* const c = make_connection(pool, main_server, parsed.hostname, port);
  if (!c) {
    wrong = "no address that it could have come to";
    return nullptr;
  }
  request_rec* const r = ap_create_request(c);
  r->request_time = apr_time_now();
  r->method = "GET";
  r->method_number = M_GET;
  r->protocol = apr_pstrdup(pool, "HTTP/1.1");
  r->proto_num = HTTP_VERSION(1, 1);
  const char* const target = apr_uri_unparse(pool, &parsed, APR_URI_UNP_OMITSITEPART);
  ap_parse_uri(r, *target ? target : "/");
  r->the_request = apr_pstrcat(pool, "GET ", r->unparsed_uri, " HTTP/1.1", nullptr);
  const char* const user_end = strrchr(parsed.hostinfo, '@');
  apr_table_setn(r->headers_in, "Host", user_end ? user_end + 1 : parsed.hostinfo);
  add_fields(r, fields);
  ap_update_vhost_from_headers(r);
  r->per_dir_config = r->server->lookup_defaults;
  return r;
}

int route_dry_request(request_rec* r) {
  int status = run_of<ap_LINK_post_read_request_t>(r, ap_hook_get_post_read_request(), asked);
  if (status == OK) status = translate(r);
  if (status == OK) status = run_of<ap_LINK_header_parser_t>(r, ap_hook_get_header_parser(), asked);
  if (status == OK && r->proxyreq) status = fix_url(r);
  if (ap_is_HTTP_ERROR(status)) return status;
  return run_of<ap_LINK_fixups_t>(r, ap_hook_get_fixups(), asked);
}

std::vector<std::string> modules_not_asked() {
  std::vector<std::string> names;
  for (const char* const name : {"mod_rewrite.c", "mod_alias.c", "mod_remoteip.c", "mod_lua.c", "mod_security2.c"}) {
    if (ap_find_linked_module(name)) names.emplace_back(name, strlen(name) - 2);
  }
  return names;
}

}  // namespace cxxproxy::httpd
