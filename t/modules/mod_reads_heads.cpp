// Stands for modules that want to see, or change, heads before httpd's core reads them: "before" becomes "beyond" in
// each line that comes through its input filter. `Define READS_FOR_REQUESTS` puts one in front of each request's
// until its head has ended, `Define READS_FOR_CONNECTIONS` one into each connection.
#include <httpd.h>

#include <apr_buckets.h>
#include <http_config.h>
#include <http_connection.h>
#include <http_core.h>
#include <http_protocol.h>
#include <util_filter.h>

#include <string>

namespace {

apr_status_t rewrite(ap_filter_t* f, apr_bucket_brigade* out, ap_input_mode_t mode, apr_read_type_e block,
                     apr_off_t most) noexcept {
  const apr_status_t status = ap_get_brigade(f->next, out, mode, block, most);
  char* text = nullptr;
  apr_size_t size = 0;
  if (status != APR_SUCCESS || mode != AP_MODE_GETLINE) return status;
  if (apr_brigade_pflatten(out, &text, &size, f->c->pool) != APR_SUCCESS) return status;
  const std::string line(text, size);
  if (line == "\r\n" && f->r) ap_remove_input_filter(f);
  const auto at = line.find("before");
  if (at == std::string::npos) return status;
  apr_brigade_cleanup(out);
  return apr_brigade_puts(out, nullptr, nullptr, std::string(line).replace(at, 6, "beyond").c_str());
}

void for_request(request_rec* r, conn_rec* c) noexcept {
  if (ap_exists_config_define("READS_FOR_REQUESTS")) ap_add_input_filter("READS_REQUEST", nullptr, r, c);
}

int for_connection(conn_rec* c, void*) noexcept {
  if (ap_exists_config_define("READS_FOR_CONNECTIONS")) ap_add_input_filter("READS_CONNECTION", nullptr, nullptr, c);
  return OK;
}

void register_hooks(apr_pool_t*) noexcept {
  ap_register_input_filter("READS_REQUEST", rewrite, nullptr, AP_FTYPE_PROTOCOL);
  ap_register_input_filter("READS_CONNECTION", rewrite, nullptr, AP_FTYPE_CONNECTION);
  ap_hook_pre_read_request(for_request, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_pre_connection(for_connection, nullptr, nullptr, APR_HOOK_MIDDLE);
}

}  // namespace

extern "C" {
module AP_MODULE_DECLARE_DATA reads_heads_module = {
    STANDARD20_MODULE_STUFF, nullptr, nullptr, nullptr, nullptr, nullptr, register_hooks, AP_MODULE_FLAG_NONE};
}
