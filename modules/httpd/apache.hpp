// httpd's headers, in one place, so that every source of this folder sees them with the same settings.
#pragma once

// C++20 has designated initialisers, with which httpd's AP_INIT_ macros check the type of each directive's function,
// and macros with a variable number of arguments, with which ap_log_rerror() looks at the level before it calls
// anybody.
#define AP_HAVE_DESIGNATED_INITIALIZER
#define AP_HAVE_C99

#include <httpd.h>

#include <ap_mpm.h>
#include <ap_provider.h>
#include <apr_fnmatch.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_connection.h>
#include <http_core.h>
#include <http_log.h>
#include <http_main.h>
#include <http_protocol.h>
#include <http_request.h>
#include <http_vhost.h>
#include <util_filter.h>

// The record that owns this module's configuration and routing hooks. Its name, "mod_proxy.c", is what mod_rewrite
// looks for before it allows [P]; see modules/README.md for the list of records.
extern module AP_MODULE_DECLARE_DATA proxy_module;
extern module AP_MODULE_DECLARE_DATA proxy_balancer_module;
extern module AP_MODULE_DECLARE_DATA proxy_http_module;
extern module AP_MODULE_DECLARE_DATA proxy_http2_module;
extern module AP_MODULE_DECLARE_DATA proxy_wstunnel_module;
extern module AP_MODULE_DECLARE_DATA proxy_hcheck_module;
extern module AP_MODULE_DECLARE_DATA lbmethod_byrequests_module;
extern module AP_MODULE_DECLARE_DATA lbmethod_bytraffic_module;
extern module AP_MODULE_DECLARE_DATA lbmethod_bybusyness_module;
extern module AP_MODULE_DECLARE_DATA lbmethod_heartbeat_module;
extern module AP_MODULE_DECLARE_DATA cxxproxy_module;
