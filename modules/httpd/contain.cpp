#include "httpd/contain.hpp"

APLOG_USE_MODULE(proxy);

namespace cxxproxy::httpd {

void log_escaped(const request_rec* r, const char* what) noexcept {
  // Part of an answer may be out already: nothing more can be told apart behind it.
  r->connection->keepalive = AP_CONN_CLOSE;
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, CXXPROXY_LOGNO(0001) "request %s given up: %s", r->uri, what);
}

void log_escaped(const server_rec* s, const char* what) noexcept {
  ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, CXXPROXY_LOGNO(0002) "internal error: %s", what);
}

}  // namespace cxxproxy::httpd
