#include "httpd/max_forwards.hpp"

#include "httpd/config.hpp"
#include "httpd/log.hpp"
#include "httpd/proxy_error.hpp"

#include <mod_core.h>

APLOG_USE_MODULE(proxy);

namespace cxxproxy::httpd {
namespace {

// The request has come as far as it was meant to: TRACE and OPTIONS are answered here.
int answer_here(request_rec* r) {
  if (r->method_number != M_TRACE && r->method_number != M_OPTIONS) {
    return proxy_error(r, HTTP_BAD_REQUEST, "Max-Forwards has reached zero - proxy loop?");
  }
  r->proxyreq = PROXYREQ_NONE;
  const int status = r->method_number == M_TRACE ? ap_send_http_trace(r) : ap_send_http_options(r);
  ap_die(status, r);
  return OK;
}

}  // namespace

std::optional<int> count_forwards(request_rec* r) {
  apr_int64_t left = config_of(r->server).max_forwards.value_or(-1);
  if (const char* field = apr_table_get(r->headers_in, "Max-Forwards")) {
    char* end = nullptr;
    const apr_int64_t given = apr_strtoi64(field, &end, 10);
    if (given < 0 || given == APR_INT64_MAX || *end || end == field) {
      ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r, APLOGNO(10188) "Max-Forwards value '%s' could not be parsed",
                    field);
      return proxy_error(r, HTTP_BAD_REQUEST, "Max-Forwards request header could not be parsed");
    }
    if (given == 0) return answer_here(r);
    left = given - 1;
  }
  if (left >= 0) apr_table_setn(r->headers_in, "Max-Forwards", apr_psprintf(r->pool, "%" APR_INT64_T_FMT, left));
  return std::nullopt;
}

}  // namespace cxxproxy::httpd
