#include "httpd/manager/status_page.hpp"

#include "httpd/config.hpp"
#include "httpd/contain.hpp"
#include "httpd/manager/html.hpp"
#include "httpd/manager/page.hpp"
#include "httpd/roster.hpp"
#include "httpd/shared_state.hpp"

#include <mod_status.h>

#include <array>
#include <string>

namespace cxxproxy::httpd {
namespace {

using manager::Html;

struct Explained {
  std::string_view title;
  std::string_view meaning;
};
constexpr std::array legend{Explained{"SSes", "Sticky session name"},
                            Explained{"Timeout", "Balancer Timeout"},
                            Explained{"Sch", "Connection scheme"},
                            Explained{"Host", "Backend Hostname"},
                            Explained{"Stat", "Worker status"},
                            Explained{"Route", "Session Route"},
                            Explained{"Redir", "Session Route Redirection"},
                            Explained{"F", "Load Balancer Factor"},
                            Explained{"Acc", "Number of uses"},
                            Explained{"Wr", "Number of bytes transferred"},
                            Explained{"Rd", "Number of bytes read"}};

void show_titles(Html& html, std::initializer_list<std::string_view> titles) {
  html.markup("\n\n<table border=\"0\"><tr>");
  for (const std::string_view title : titles) html.markup("<th>").markup(title).markup("</th>");
  html.markup("</tr>\n");
}

void show_member(Html& html, const Member& member, const LiveMember& live) {
  apr_pool_t* pool = html.request()->pool;
  const MemberState& state = *member.state;
  html.markup("<tr>\n").cell(member.scheme).cell(member.host).cell(manager::status_text(pool, member));
  html.cell(live.route.view()).cell(live.redirect.view()).cell(manager::factor_text(pool, live.load_factor));
  html.cell(live.lbset).cell(static_cast<std::int64_t>(state.elected.load())).cell(shared_state()->inflight(state));
  html.cell(manager::byte_count(pool, state.sent.load()))
      .cell(manager::byte_count(pool, state.received.load()))
      .markup("\n</tr>\n");
}

void show_tables(request_rec* r, const ServerConfig& config) {
  Html html(r);
  for (const Balancer* balancer : config.balancers) {
    const Roster& roster = roster_of(*balancer);
    html.markup("<hr />\n<h1>Proxy LoadBalancer Status for ").text(balancer->name).markup("</h1>\n");
    show_titles(html, {"SSes", "Timeout", "Method"});
    html.markup("<tr>")
        .cell(manager::sticky_names(roster.settings, " | ", " - "))
        .cell(apr_time_sec(roster.settings.timeout_us));
    html.cell(roster.settings.lbmethod.view()).markup("</tr>\n</table>\n");
    show_titles(html, {"Sch", "Host", "Stat", "Route", "Redir", "F", "Set", "Acc", "Busy", "Wr", "Rd"});
    for (std::size_t id = 0; id < roster.members.size(); ++id) show_member(html, *roster.members[id], roster.live[id]);
    html.markup("</table>\n");
  }
  html.markup("<hr /><table>\n");
  for (const Explained& one : legend) {
    html.markup("<tr><th>").markup(one.title).markup("</th><td>").markup(one.meaning).markup("</td></tr>\n");
  }
  html.markup("</table>");
}

void show_lines(request_rec* r, const ServerConfig& config) {
  for (std::size_t i = 0; i < config.balancers.size(); ++i) {
    const Balancer& balancer = *config.balancers[i];
    const Roster& roster = roster_of(balancer);
    ap_rprintf(r, "ProxyBalancer[%d]Name: %s\n", static_cast<int>(i), balancer.name);
    for (std::size_t id = 0; id < roster.members.size(); ++id) {
      const Member& member = *roster.members[id];
      const MemberState& state = *member.state;
      const char* begin =
          apr_psprintf(r->pool, "ProxyBalancer[%d]Worker[%d]", static_cast<int>(i), static_cast<int>(id));
      ap_rprintf(r, "%sName: %s\n%sStatus: %s\n", begin, member.name, begin, manager::status_text(r->pool, member));
      ap_rprintf(r, "%sElected: %" APR_UINT64_T_FMT "\n%sBusy: %u\n", begin, state.elected.load(), begin,
                 shared_state()->inflight(state));
      ap_rprintf(r, "%sSent: %" APR_UINT64_T_FMT "K\n%sRcvd: %" APR_UINT64_T_FMT "K\n", begin, state.sent.load() >> 10,
                 begin, state.received.load() >> 10);
    }
  }
}

int show(request_rec* r, int flags) {
  const ServerConfig& config = config_of(r->server);
  if (config.balancers.empty() || config.status.value_or(ProxyStatus::Off) == ProxyStatus::Off) return OK;
  if ((flags & AP_STATUS_SHORT) != 0) {
    show_lines(r, config);
  } else {
    show_tables(r, config);
  }
  return OK;
}

}  // namespace

int show_balancers_status(request_rec* r, int flags) noexcept { return contain<show, OK>(r, flags); }

}  // namespace cxxproxy::httpd
