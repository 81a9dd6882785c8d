// The door: the module records that this one object file holds, and their hooks. Nothing else.
//
// Each record carries the name of the stock module whose place it takes, because configurations (<IfModule>, LogLevel)
// and other modules (mod_rewrite's [P]) look for those names. proxy_module owns the configuration.
#include "httpd/capture/client_connection.hpp"
#include "httpd/capture/engine.hpp"
#include "httpd/capture/plain_request.hpp"
#include "httpd/config.hpp"
#include "httpd/explain/explain.hpp"
#include "httpd/handler.hpp"
#include "httpd/health/checker.hpp"
#include "httpd/health/expressions.hpp"
#include "httpd/heartbeat_reports.hpp"
#include "httpd/lbmethod.hpp"
#include "httpd/manager/manager.hpp"
#include "httpd/manager/metrics_page.hpp"
#include "httpd/manager/status_page.hpp"
#include "httpd/persistence.hpp"
#include "httpd/routing.hpp"
#include "httpd/startup.hpp"

#include <http_connection.h>
#include <http_request.h>
#include <mod_status.h>
#include <mpm_common.h>
#include <util_mutex.h>

namespace {

namespace own = cxxproxy::httpd;

// Nothing here needs a lock between processes, but configurations may place the stock modules' own.
int register_mutex_names(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*) noexcept {
  for (const char* name : {"proxy", "proxy-balancer-shm"}) {
    if (const apr_status_t status = ap_mutex_register(pconf, name, nullptr, APR_LOCK_DEFAULT, 0)) return status;
  }
  return OK;
}

void register_cxxproxy(apr_pool_t* pool) noexcept {
  own::register_policies(pool);
  ap_hook_pre_config(own::check_neighbours, nullptr, nullptr, APR_HOOK_FIRST);
  static const char* const monitor[] = {"mod_heartmonitor.c", nullptr};
  ap_hook_pre_config(own::forget_heartbeat_storage, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_post_config(own::find_heartbeat_source, monitor, nullptr, APR_HOOK_MIDDLE);
  // Behind whoever may want the connection for a protocol of its own, before the core reads HTTP/1.
  static const char* const other_protocols[] = {"mod_http2.c", "mod_ssl.c", "mod_reqtimeout.c", nullptr};
  ap_hook_process_connection(own::capture_connection, other_protocols, nullptr, APR_HOOK_LAST);
  static const char* const core[] = {"http_core.c", nullptr};
  ap_hook_process_connection(own::read_plain_request, nullptr, core, APR_HOOK_REALLY_LAST);
  ap_hook_quick_handler(own::intercept_request, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
  ap_hook_log_transaction(own::count_request, nullptr, nullptr, APR_HOOK_REALLY_LAST);
  ap_hook_child_stopping(own::drain_engine, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_child_stopping(own::stop_checker, nullptr, nullptr, APR_HOOK_FIRST);
  own::register_connection_filters();
}

void register_proxy(apr_pool_t*) noexcept {
  static const char* const after_rewrite[] = {"mod_rewrite.c", nullptr};
  ap_hook_pre_config(register_mutex_names, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_post_config(own::set_up, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_test_config(own::explain_configuration, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_child_init(own::begin_child, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_child_status(own::note_child, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_pre_translate_name(own::match_encoded, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_translate_name(own::match_decoded, after_rewrite, nullptr, APR_HOOK_FIRST);
  ap_hook_map_to_storage(own::apply_sections, nullptr, nullptr, APR_HOOK_FIRST);
  ap_hook_fixups(own::fix_url, after_rewrite, nullptr, APR_HOOK_FIRST);
  ap_hook_handler(own::handle_request, nullptr, nullptr, APR_HOOK_FIRST);
}

void register_balancer(apr_pool_t*) noexcept {
  ap_hook_handler(own::manage_balancers, nullptr, nullptr, APR_HOOK_FIRST);
  ap_hook_handler(own::show_metrics, nullptr, nullptr, APR_HOOK_FIRST);
  ap_hook_monitor(own::save_changes, nullptr, nullptr, APR_HOOK_MIDDLE);
  APR_OPTIONAL_HOOK(ap, status_hook, own::show_balancers_status, nullptr, nullptr, APR_HOOK_MIDDLE);
}

void register_health_checks(apr_pool_t*) noexcept { own::register_expressions(); }

void register_nothing(apr_pool_t*) noexcept {}

}  // namespace

// A record as STANDARD20_MODULE_STUFF writes it, but for the name, which is not this file's.
#define CXXPROXY_RECORD(record_name) \
  MODULE_MAGIC_NUMBER_MAJOR, MODULE_MAGIC_NUMBER_MINOR, -1, record_name, nullptr, nullptr, MODULE_MAGIC_COOKIE, nullptr

#define CXXPROXY_EXPORT __attribute__((visibility("default")))

// A record that is nothing but a name, for <IfModule> and for who looks for it.
#define CXXPROXY_NAME(record, record_name)                                                                   \
  CXXPROXY_EXPORT module                                                                                     \
      record = {CXXPROXY_RECORD(record_name), nullptr, nullptr, nullptr, nullptr, nullptr, register_nothing, \
                AP_MODULE_FLAG_NONE}

CXXPROXY_EXPORT module cxxproxy_module = {CXXPROXY_RECORD("mod_cxxproxy.c"),
                                          nullptr,
                                          nullptr,
                                          nullptr,
                                          nullptr,
                                          own::neighbour_directives,
                                          register_cxxproxy,
                                          AP_MODULE_FLAG_NONE};

CXXPROXY_EXPORT module proxy_module = {
    CXXPROXY_RECORD("mod_proxy.c"), own::create_dir_config, own::merge_dir_config, own::create_server_config,
    own::merge_server_config,       own::proxy_directives,  register_proxy,        AP_MODULE_FLAG_NONE};

CXXPROXY_NAME(proxy_http_module, "mod_proxy_http.c");
CXXPROXY_NAME(proxy_http2_module, "mod_proxy_http2.c");
CXXPROXY_NAME(proxy_wstunnel_module, "mod_proxy_wstunnel.c");

CXXPROXY_EXPORT module proxy_balancer_module = {CXXPROXY_RECORD("mod_proxy_balancer.c"),
                                                nullptr,
                                                nullptr,
                                                nullptr,
                                                nullptr,
                                                nullptr,
                                                register_balancer,
                                                AP_MODULE_FLAG_NONE};

CXXPROXY_EXPORT module proxy_hcheck_module = {CXXPROXY_RECORD("mod_proxy_hcheck.c"),
                                              nullptr,
                                              nullptr,
                                              nullptr,
                                              nullptr,
                                              nullptr,
                                              register_health_checks,
                                              AP_MODULE_FLAG_NONE};

CXXPROXY_NAME(lbmethod_byrequests_module, "mod_lbmethod_byrequests.c");
CXXPROXY_NAME(lbmethod_bytraffic_module, "mod_lbmethod_bytraffic.c");
CXXPROXY_NAME(lbmethod_bybusyness_module, "mod_lbmethod_bybusyness.c");

CXXPROXY_EXPORT module lbmethod_heartbeat_module = {CXXPROXY_RECORD("mod_lbmethod_heartbeat.c"),
                                                    nullptr,
                                                    nullptr,
                                                    nullptr,
                                                    nullptr,
                                                    own::heartbeat_directives,
                                                    register_nothing,
                                                    AP_MODULE_FLAG_NONE};
