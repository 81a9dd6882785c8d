#include "httpd/balancer_page.hpp"

#include "httpd/config.hpp"
#include "httpd/contain.hpp"
#include "httpd/shared_state.hpp"

#include <string>

APLOG_USE_MODULE(proxy_balancer);

namespace cxxproxy::httpd {
namespace {

const char* escaped(request_rec* r, const char* text) { return ap_escape_html(r->pool, text); }

const char* sticky_names(request_rec* r, const BalancerSettings& settings) {
  if (!*settings.sticky_cookie && !*settings.sticky_param) return "(None)";
  if (strcmp(settings.sticky_cookie, settings.sticky_param) == 0) return escaped(r, settings.sticky_cookie);
  return escaped(r, apr_pstrcat(r->pool, settings.sticky_cookie, " | ", settings.sticky_param, nullptr));
}

const char* attempts(request_rec* r, const Balancer& balancer) {
  const Setting<int>& given = balancer.settings.max_attempts;
  const int members = static_cast<int>(balancer.members.size());
  return apr_itoa(r->pool, given.given ? given.value : (members > 1 ? members - 1 : 0));
}

void show_settings(request_rec* r, const Balancer& balancer) {
  const BalancerSettings& settings = balancer.settings;
  ap_rputs(
      "<table>\n<tr><th>MaxMembers</th><th>StickySession</th><th>DisableFailover</th><th>Timeout</th>"
      "<th>FailoverAttempts</th><th>Method</th><th>Path</th><th>Active</th></tr>\n",
      r);
  ap_rprintf(r,
             "<tr><td>%d [%d Used]</td><td>%s</td><td>%s</td><td>%" APR_TIME_T_FMT
             "</td><td>%s</td><td>%s</td><td>%s</td><td>Yes</td></tr>\n</table>\n",
             static_cast<int>(balancer.members.size()), static_cast<int>(balancer.members.size()),
             sticky_names(r, settings), settings.nofailover.value_or(false) ? "On" : "Off",
             apr_time_sec(settings.timeout), attempts(r, balancer), escaped(r, settings.lbmethod),
             escaped(r, balancer.front_path));
}

const char* byte_count(request_rec* r, std::uint64_t bytes) {
  char* text = static_cast<char*>(apr_palloc(r->pool, 8));
  return apr_strfsize(static_cast<apr_off_t>(bytes), text);
}

void show_member(request_rec* r, const Member& member) {
  const MemberSettings& settings = member.settings;
  const MemberState& state = *member.state;
  const balance::StatusText status{balance::MemberFlags(state.flags.load())};
  const std::string status_text(status.view());
  ap_rprintf(r, "<tr><td>%s</td><td>%s</td><td>%s</td><td>%.2f</td><td>%d</td><td>%s</td>",
             escaped(r, member.display_name(r->pool)), escaped(r, settings.route), escaped(r, settings.redirect),
             settings.load_factor / 100.0, settings.lbset, status_text.c_str());
  ap_rprintf(r, "<td>%" APR_UINT64_T_FMT "</td><td>%u</td><td>%" APR_INT64_T_FMT "</td><td>%s</td><td>%s</td></tr>\n",
             state.elected.load(), shared_state()->inflight(state),
             static_cast<apr_int64_t>(shared_state()->score(state).load()), byte_count(r, state.sent.load()),
             byte_count(r, state.received.load()));
}

void show_balancer(request_rec* r, const Balancer& balancer) {
  ap_rprintf(r, "<h2>LoadBalancer Status for %s</h2>\n", escaped(r, balancer.name));
  show_settings(r, balancer);
  ap_rputs(
      "<table>\n<tr><th>Worker URL</th><th>Route</th><th>RouteRedir</th><th>Factor</th><th>Set</th><th>Status</th>"
      "<th>Elected</th><th>Busy</th><th>Load</th><th>To</th><th>From</th></tr>\n",
      r);
  for (const Member* member : balancer.members) show_member(r, *member);
  ap_rputs("</table>\n", r);
}

int show_page(request_rec* r) {
  if (!r->handler || strcmp(r->handler, "balancer-manager") != 0) return DECLINED;
  r->allowed = AP_METHOD_BIT << M_GET;
  if (r->method_number != M_GET) return DECLINED;
  ap_set_content_type_ex(r, "text/html; charset=ISO-8859-1", 1);
  apr_table_setn(r->headers_out, "Cache-Control", "no-store");
  apr_table_setn(r->headers_out, "X-Frame-Options", "DENY");
  if (r->header_only) return OK;
  ap_rputs(DOCTYPE_HTML_4_01 "<html><head><title>Balancer Manager</title></head>\n<body>\n", r);
  ap_rprintf(r, "<h1>Load Balancer Manager for %s</h1>\n", escaped(r, ap_get_server_name(r)));
  ap_rprintf(r, "<dl><dt>Server Version: %s</dt>\n<dt>Server Built: %s</dt></dl>\n", ap_get_server_description(),
             ap_get_server_built());
  for (const Balancer* balancer : config_of(r->server).balancers) {
    ap_rputs("<hr>\n", r);
    show_balancer(r, *balancer);
  }
  ap_rputs("<hr>\n", r);
  ap_rputs(ap_psignature("", r), r);
  ap_rputs("</body></html>\n", r);
  return OK;
}

}  // namespace

int show_balancers(request_rec* r) noexcept { return contain<show_page, HTTP_INTERNAL_SERVER_ERROR>(r); }

}  // namespace cxxproxy::httpd
