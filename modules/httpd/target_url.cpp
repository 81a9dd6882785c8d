#include "httpd/target_url.hpp"

#include "httpd/config.hpp"
#include "httpd/log.hpp"
#include "wire/url.hpp"

#include <apr_uri.h>

#include <string>

APLOG_USE_MODULE(proxy);

namespace cxxproxy::httpd {
namespace {

constexpr std::size_t prefix_length = 6;  // of "proxy:"

// Takes `unix:path|` off the URL in r->filename, as [P] and SetHandler bring it. Only the configuration can put it
// there: what a client sends is appended behind a scheme and a host.
int take_unix_path(request_rec* r) {
  const char* url = r->filename + prefix_length;
  if (strncasecmp(url, "unix:", 5) != 0) return OK;
  const char* bar = strchr(url + 5, '|');
  if (!bar) return OK;
  apr_uri_t socket;
  char* location = apr_pstrmemdup(r->pool, url, static_cast<apr_size_t>(bar - url));
  const bool parsed = apr_uri_parse(r->pool, location, &socket) == APR_SUCCESS && socket.path &&
                      (!socket.hostname || !*socket.hostname);
  const char* path = parsed ? ap_runtime_dir_relative(r->pool, socket.path) : nullptr;
  if (!path) {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, APLOGNO(10292) "Invalid proxy UDS filename (%s)", r->filename);
    return HTTP_BAD_REQUEST;
  }
  const char* rest = bar + 1;
  const char* colon = strchr(rest, ':');
  if (!colon) return HTTP_BAD_REQUEST;
  // "scheme:" and "scheme:/path" name no host; the socket needs none.
  if (colon[1] != '/' || colon[2] != '/') {
    rest = apr_pstrcat(r->pool, apr_pstrmemdup(r->pool, rest, static_cast<apr_size_t>(colon + 1 - rest)), "//localhost",
                       colon + 1, nullptr);
  } else if (colon[3] == '\0' || colon[3] == '/') {
    rest = apr_pstrcat(r->pool, apr_pstrmemdup(r->pool, rest, static_cast<apr_size_t>(colon + 3 - rest)), "localhost",
                       colon + 3, nullptr);
  }
  apr_table_setn(r->notes, "uds_path", path);
  r->filename = apr_pstrcat(r->pool, "proxy:", rest, nullptr);
  return OK;
}

int forbid_path(request_rec* r) {
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                APLOGNO(10415) "To be forwarded path contains control characters or spaces");
  return HTTP_FORBIDDEN;
}

int forbid_query(request_rec* r) {
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                APLOGNO(10408) "To be forwarded query string contains control characters or spaces");
  return HTTP_FORBIDDEN;
}

wire::EncodedSlashes encoded_slashes(const request_rec* r) {
  const auto* core = static_cast<const core_dir_config*>(ap_get_core_module_config(r->per_dir_config));
  return core->allow_encoded_slashes && !core->decode_encoded_slashes ? wire::EncodedSlashes::Kept
                                                                      : wire::EncodedSlashes::Decoded;
}

// How the path and the query go onward, by how the mapping asked for it.
struct PathAndQuery {
  std::string path;
  const char* query = nullptr;
};

int encode_path(request_rec* r, std::string_view path, PathAndQuery& result) {
  const bool raw = apr_table_get(r->notes, "proxy-nocanon") || r->proxyreq == PROXYREQ_PROXY;
  const bool encoded = apr_table_get(r->notes, "proxy-noencode") != nullptr;
  if (!raw) result.query = r->args;
  if (raw || encoded) {
    if (wire::has_ctl_or_space(path)) return forbid_path(r);
    result.path = path;
  } else {
    wire::append_canonical_path(result.path, path, encoded_slashes(r));
  }
  if (result.query && wire::has_ctl_or_space(result.query)) return forbid_query(r);
  return OK;
}

struct Authority {
  const char* host;
  apr_port_t port;
};

// host[:port] of the URL; userinfo is dropped, as the stock modules do.
bool read_authority(request_rec* r, std::string_view text, Authority& authority) {
  const std::size_t at = text.rfind('@');
  if (at != std::string_view::npos) text.remove_prefix(at + 1);
  char* host = nullptr;
  char* scope = nullptr;
  apr_port_t port = 0;
  const char* copy = apr_pstrmemdup(r->pool, text.data(), text.size());
  if (apr_parse_addr_port(&host, &scope, &port, copy, r->pool) != APR_SUCCESS || !host || scope) return false;
  ap_str_tolower(host);
  authority = {host, port};
  return true;
}

const char* written_authority(request_rec* r, const Authority& authority, std::uint16_t usual_port) {
  const char* host =
      strchr(authority.host, ':') ? apr_pstrcat(r->pool, "[", authority.host, "]", nullptr) : authority.host;
  if (authority.port == 0 || authority.port == usual_port) return host;
  return apr_psprintf(r->pool, "%s:%d", host, static_cast<int>(authority.port));
}

bool is_served(std::string_view scheme) {
  for (const std::string_view known : {"http", "https", "ws", "wss", "balancer"}) {
    if (wire::same_host(scheme, known)) return true;
  }
  return false;
}

}  // namespace

const char* proxied_url(const request_rec* r) noexcept {
  const bool proxied = r->proxyreq && r->filename && strncmp(r->filename, "proxy:", prefix_length) == 0;
  return proxied ? r->filename + prefix_length : nullptr;
}

bool is_proxied(const request_rec* r) noexcept {
  if (!r->filename) return false;
  return proxied_url(r) || (!r->proxyreq && r->handler && strncmp(r->handler, "proxy:", 6) == 0);
}

int canonicalize(request_rec* r) {
  if (!proxied_url(r)) return DECLINED;
  if (r->proxyreq == PROXYREQ_REVERSE) {
    if (const int status = take_unix_path(r); status != OK) return status;
  }
  const std::string_view url = proxied_url(r);
  const std::size_t colon = url.find(':');
  if (colon == std::string_view::npos || colon == 0) return HTTP_BAD_REQUEST;
  const char* scheme = copy_in(r->pool, wire::lower_cased(url.substr(0, colon)));
  if (!is_served(scheme)) return OK;
  if (url.substr(colon + 1, 2) != "//") return HTTP_BAD_REQUEST;

  const std::string_view behind = url.substr(colon + 3);
  const std::size_t slash = behind.find('/');
  Authority authority{};
  if (!read_authority(r, behind.substr(0, slash), authority)) {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, APLOGNO(01083) "error parsing URL %s: Invalid host/port",
                  r->filename + prefix_length);
    return HTTP_BAD_REQUEST;
  }
  PathAndQuery rest;
  const std::string_view path = slash == std::string_view::npos ? std::string_view{} : behind.substr(slash + 1);
  if (const int status = encode_path(r, path, rest); status != OK) return status;
  r->filename = apr_pstrcat(r->pool, "proxy:", scheme, "://",
                            written_authority(r, authority, wire::default_port(scheme).value_or(0)), "/",
                            rest.path.c_str(), rest.query ? "?" : nullptr, rest.query, nullptr);
  if (strcmp(scheme, "balancer") == 0) r->path_info = apr_pstrcat(r->pool, "/", rest.path.c_str(), nullptr);
  return OK;
}

const char* interpolate(request_rec* r, const char* text) {
  std::string result;
  const char* at = text;
  while (const char* start = strstr(at, "${")) {
    const char* end = strchr(start + 2, '}');
    if (!end) break;
    result.append(at, start);
    const char* name = apr_pstrmemdup(r->pool, start + 2, static_cast<apr_size_t>(end - start - 2));
    if (const char* value = apr_table_get(r->subprocess_env, name)) result.append(value);
    at = end + 1;
  }
  if (at == text) return text;
  return copy_in(r->pool, result.append(at));
}

}  // namespace cxxproxy::httpd
