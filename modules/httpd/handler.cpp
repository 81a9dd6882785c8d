#include "httpd/handler.hpp"

#include "httpd/capture/drive.hpp"
#include "httpd/contain.hpp"
#include "httpd/max_forwards.hpp"
#include "httpd/pool.hpp"
#include "httpd/proxied_request.hpp"
#include "httpd/target_url.hpp"

#include <ap_expr.h>

APLOG_USE_MODULE(proxy);

namespace cxxproxy::httpd {
namespace {

// The handler as the configuration wrote it: the core lowers its case, which a URL's path does not survive.
const char* handler_as_written(request_rec* r) {
  const auto* core = static_cast<const core_dir_config*>(ap_get_core_module_config(r->per_dir_config));
  if (!core->expr_handler) return r->handler;
  const char* wrong = nullptr;
  const char* written = ap_expr_str_exec(r, core->expr_handler, &wrong);
  return !wrong && written && strcasecmp(written, r->handler) == 0 ? written : r->handler;
}

// SetHandler "proxy:URL": the target is that URL with the file's name behind it.
int route_by_handler(request_rec* r) {
  char* const file = r->filename;
  r->proxyreq = PROXYREQ_REVERSE;
  r->filename = apr_pstrcat(r->pool, handler_as_written(r), file, nullptr);
  apr_table_setn(r->notes, "proxy-sethandler", "1");
  const int status = canonicalize(r);
  if (status != OK) {
    r->filename = file;
    r->proxyreq = PROXYREQ_NONE;
  }
  return status;
}

int find_target(request_rec* r) {
  if (!r->filename) return DECLINED;
  if (!r->proxyreq && r->handler && strncmp(r->handler, "proxy:", 6) == 0) return route_by_handler(r);
  if (!proxied_url(r)) return DECLINED;
  apr_table_unset(r->notes, "proxy-sethandler");
  return OK;
}

int refuse_trace(request_rec* r, int status, const char* why) {
  apr_table_setn(r->notes, "error-notes", why);
  apr_table_setn(r->notes, "verbose-error-to", "*");
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, APLOGNO(01139) "%s", why);
  return status;
}

// TRACE goes to the backend, as TraceEnable allows (RFC 9110 section 9.3.8).
int check_trace(request_rec* r) {
  if (r->method_number != M_TRACE) return OK;
  const auto* core = static_cast<const core_server_config*>(ap_get_core_module_config(r->server->module_config));
  if (core->trace_enable == AP_TRACE_DISABLE) {
    return refuse_trace(r, HTTP_METHOD_NOT_ALLOWED, "TRACE forbidden by server configuration");
  }
  if (core->trace_enable != AP_TRACE_EXTENDED && ap_request_has_body(r)) {
    return refuse_trace(r, HTTP_REQUEST_ENTITY_TOO_LARGE, "TRACE with request body is not allowed");
  }
  return OK;
}

int serve(request_rec* r) {
  if (is_proxied(r) && begins_elsewhere(r)) return SUSPENDED;
  if (const int status = find_target(r); status != OK) return status;
  const char* url = proxied_url(r);
  if (!strchr(url, ':')) return HTTP_BAD_REQUEST;
  if (const std::optional<int> status = count_forwards(r)) return *status;
  if (const int status = check_trace(r); status != OK) return status;
  // A tunnel to wherever the client says has no place in a reverse proxy, [P] or not.
  if (r->method_number == M_CONNECT) return HTTP_METHOD_NOT_ALLOWED;

  BodyChoice body{};
  if (const int status = choose_body_rules(r, body); status != OK) return status;
  return drive(ProxiedRequest::begin(r, url, body));
}

}  // namespace

int handle_request(request_rec* r) noexcept { return contain<serve, HTTP_INTERNAL_SERVER_ERROR>(r); }

}  // namespace cxxproxy::httpd
