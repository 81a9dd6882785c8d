#include "httpd/target_url.hpp"

#include "httpd/log.hpp"
#include "httpd/routed_url.hpp"
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
  std::string_view path;  // as it came, if that is how it goes on
  const char* query = nullptr;
  std::string encoded;  // else lies here
};

int encode_path(request_rec* r, std::string_view path, PathAndQuery& result) {
  const bool raw = apr_table_get(r->notes, "proxy-nocanon") || r->proxyreq == PROXYREQ_PROXY;
  const bool encoded = apr_table_get(r->notes, "proxy-noencode") != nullptr;
  result.path = path;
  if (!raw) result.query = r->args;
  if (raw || encoded) {
    if (wire::has_ctl_or_space(path)) return forbid_path(r);
  } else if (!wire::is_canonical_path(path)) {
    wire::append_canonical_path(result.encoded, path, encoded_slashes(r));
    result.path = result.encoded;
  }
  if (result.query && wire::has_ctl_or_space(result.query)) return forbid_query(r);
  return OK;
}

// What the URL begins with: known beforehand where the mapping's target begins so, too. OK; DECLINED, of a scheme that
// nobody here serves; or the status for what is no URL.
int find_origin(request_rec* r, std::string_view& url, OriginForms& origin) {
  if (const Mapping* mapping = noted_mapping(r); mapping && mapping->origin.begins(url)) {
    origin = mapping->origin;
    return OK;
  }
  if (r->proxyreq == PROXYREQ_REVERSE) {
    if (const int status = take_unix_path(r); status != OK) return status;
    url = proxied_url(r);
  }
  switch (read_origin_forms(r->pool, url, origin)) {
    case OriginFault::None:
      return OK;
    case OriginFault::NotServed:
      return DECLINED;
    case OriginFault::NoUrl:
      return HTTP_BAD_REQUEST;
    case OriginFault::BadAuthority:
      break;
  }
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, APLOGNO(01083) "error parsing URL %s: Invalid host/port",
                r->filename + prefix_length);
  return HTTP_BAD_REQUEST;
}

// Writes the URL in canonical form, unless it is as it came.
int write_canonical(request_rec* r, std::string_view url, const OriginForms& origin) {
  const std::string_view behind = url.substr(origin.written.size());
  const std::string_view path = behind.empty() ? behind : behind.substr(1);
  PathAndQuery rest;
  if (const int status = encode_path(r, path, rest); status != OK) return status;
  const bool path_stays = !behind.empty() && rest.path.data() == path.data();
  if (!path_stays || rest.query || origin.written != origin.canonical) {
    const char* query = rest.query ? rest.query : "";
    r->filename = joined_in(r->pool, {"proxy:", origin.canonical, "/", rest.path, rest.query ? "?" : "", query});
  }
  if (origin.canonical.starts_with("balancer:")) r->path_info = joined_in(r->pool, {"/", rest.path});
  return OK;
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
  const char* found = proxied_url(r);
  if (!found) return DECLINED;
  std::string_view url = found;
  OriginForms origin;
  if (const int status = find_origin(r, url, origin); status != OK) return status == DECLINED ? OK : status;
  if (const int status = write_canonical(r, url, origin); status != OK) return status;
  note_canonical_url(r, origin.parts);
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
