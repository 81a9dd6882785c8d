#include "httpd/via.hpp"

namespace cxxproxy::httpd {

const char* via_entry(request_rec* r) {
  const Via via = config_of(r->server).via.value_or(Via::Off);
  if (via != Via::On && via != Via::Full) return nullptr;
  const char* name = ap_get_server_name(r);
  // With UseCanonicalName Off that may be the client's word, which names no proxy.
  if (name == r->hostname) name = r->server->server_hostname;
  const apr_port_t port = ap_get_server_port(r);
  const char* port_text = ap_is_default_port(port, r) ? "" : apr_psprintf(r->pool, ":%u", port);
  const char* comment = via == Via::Full ? " (" AP_SERVER_BASEVERSION ")" : "";
  return apr_psprintf(r->pool, "%d.%d %s%s%s", HTTP_VERSION_MAJOR(r->proto_num), HTTP_VERSION_MINOR(r->proto_num), name,
                      port_text, comment);
}

}  // namespace cxxproxy::httpd
