#include "httpd/log.hpp"
#include "httpd/startup.hpp"

#include <apr_tables.h>
#include <http_config.h>

#include <algorithm>
#include <array>
#include <string_view>

APLOG_USE_MODULE(cxxproxy);

namespace cxxproxy::httpd {
namespace {

using std::string_view;

// The stock modules that this one takes the place of, or that need mod_proxy. (mod_proxy_html needs it not, and a
// lbmethod of somebody else's is welcome.)
constexpr string_view stock_modules[] = {"mod_proxy",
                                         "mod_proxy_ajp",
                                         "mod_proxy_balancer",
                                         "mod_proxy_connect",
                                         "mod_proxy_express",
                                         "mod_proxy_fcgi",
                                         "mod_proxy_fdpass",
                                         "mod_proxy_ftp",
                                         "mod_proxy_hcheck",
                                         "mod_proxy_http",
                                         "mod_proxy_http2",
                                         "mod_proxy_scgi",
                                         "mod_proxy_uwsgi",
                                         "mod_proxy_wstunnel",
                                         "mod_lbmethod_byrequests",
                                         "mod_lbmethod_bytraffic",
                                         "mod_lbmethod_bybusyness",
                                         "mod_lbmethod_heartbeat"};

bool is_stock_proxy(string_view stem) {
  return std::find(std::begin(stock_modules), std::end(stock_modules), stem) != std::end(stock_modules);
}

string_view stem_of(string_view file) {
  const std::size_t slash = file.rfind('/');
  if (slash != string_view::npos) file.remove_prefix(slash + 1);
  return file.substr(0, file.find('.'));
}

const std::array<const module*, 11>& own_records() {
  static const std::array<const module*, 11> records = {&cxxproxy_module,           &proxy_module,
                                                        &proxy_http_module,         &proxy_http2_module,
                                                        &proxy_balancer_module,     &lbmethod_byrequests_module,
                                                        &lbmethod_bytraffic_module, &lbmethod_bybusyness_module,
                                                        &lbmethod_heartbeat_module, &proxy_wstunnel_module,
                                                        &proxy_hcheck_module};
  return records;
}

bool is_ours(const module* record) {
  for (const module* own : own_records()) {
    if (own == record) return true;
  }
  return false;
}

// "mod_proxy_http" is what a2dismod calls proxy_http.
const char* way_out(apr_pool_t* pool, string_view stem) {
  const string_view short_name = stem.substr(strlen("mod_"));
  return apr_psprintf(pool,
                      "%.*s cannot run beside mod_cxxproxy, which takes the place of mod_proxy and its modules. Remove "
                      "its LoadModule line (a2dismod %.*s), or do without mod_cxxproxy (a2dismod cxxproxy)",
                      static_cast<int>(stem.size()), stem.data(), static_cast<int>(short_name.size()),
                      short_name.data());
}

const char* watch_load_module(cmd_parms* cmd, void*, const char*, const char* file) noexcept {
  const string_view stem = stem_of(file);
  return is_stock_proxy(stem) ? way_out(cmd->pool, stem) : nullptr;
}

}  // namespace

const command_rec neighbour_directives[] = {
    AP_INIT_TAKE2("LoadModule", watch_load_module, nullptr, RSRC_CONF | EXEC_ON_READ,
                  "a module's name and the file to load it from"),
    {nullptr, {nullptr}, nullptr, 0, RAW_ARGS, nullptr}};

int check_neighbours(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*) noexcept {
  bool routing = false;
  for (module** loaded = ap_loaded_modules; *loaded; ++loaded) {
    routing |= *loaded == &proxy_module;
    const string_view stem = stem_of((*loaded)->name);
    if (!is_stock_proxy(stem) || is_ours(*loaded)) continue;
    ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, 0, nullptr, CXXPROXY_LOGNO(0401) "%s", way_out(pconf, stem));
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  if (routing) return OK;
  ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_CRIT, 0, nullptr,
               CXXPROXY_LOGNO(0402) "mod_cxxproxy.so holds several modules and proxy_module is missing: load them all "
                                    "with the lines of cxxproxy.load (a2enmod cxxproxy)");
  return HTTP_INTERNAL_SERVER_ERROR;
}

}  // namespace cxxproxy::httpd
