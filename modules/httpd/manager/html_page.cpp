#include "balance/fingerprint.hpp"
#include "httpd/config.hpp"
#include "httpd/manager/check_reports.hpp"
#include "httpd/manager/health_page.hpp"
#include "httpd/manager/html.hpp"
#include "httpd/manager/html_forms.hpp"
#include "httpd/manager/page.hpp"
#include "httpd/roster.hpp"
#include "httpd/shared_state.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <span>
#include <string>

namespace cxxproxy::httpd::manager {
namespace {

using balance::MemberFlag;
using balance::MemberFlags;

// The part of a balancer's name behind the scheme.
std::string_view short_name(const Balancer& balancer) {
  return std::string_view(balancer.name).substr(std::string_view("balancer://").size());
}

// As stock calls a balancer in shared memory: something that is the server's, and the letters and digits of its name.
std::string shared_name(const Balancer& balancer) {
  char begin[16];
  apr_snprintf(begin, sizeof(begin), "p%08x_",
               static_cast<std::uint32_t>(balance::fingerprint(balancer.state->key.view())));
  std::string name = begin;
  for (const char c : short_name(balancer)) {
    if (apr_isalnum(c)) name += c;
  }
  return name;
}

void begin_page(Html& html, const ServerConfig& config) {
  request_rec* r = html.request();
  html.markup(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Balancer Manager</title>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<link rel=\"icon\" "
      "href=\"data:,\">\n");
  html.markup("<link rel=\"stylesheet\" href=\"").text(ap_escape_uri(r->pool, r->uri)).markup("?file=style.css\">\n");
  html.markup("<script src=\"")
      .text(ap_escape_uri(r->pool, r->uri))
      .markup("?file=script.js\" defer></script>\n</head>\n");
  html.markup("<body><h1>Load Balancer Manager for ")
      .text(ap_get_server_name(r))
      .markup("</h1>\n\n<dl><dt>Server Version: ");
  html.text(ap_get_server_description())
      .markup("</dt>\n<dt>Server Built: ")
      .text(ap_get_server_built())
      .markup("</dt>\n");
  html.markup("<dt>Balancer changes will ").markup(config.balancer_persist.value_or(false) ? "" : "NOT ");
  html.markup("be persisted on restart.</dt><dt>Balancers are ")
      .markup(config.balancer_inherit.value_or(true) ? "" : "NOT ");
  html.markup("inherited from main server.</dt><dt>ProxyPass settings are ");
  html.markup(config.pass_inherit.value_or(true) ? "" : "NOT ").markup("inherited from main server.</dt></dl>\n");
}

void link_to(Html& html, const Balancer& balancer, const char* member) {
  request_rec* r = html.request();
  html.markup("<a href=\"")
      .text(ap_escape_uri(r->pool, r->uri))
      .markup("?b=")
      .text(in_query(r->pool, short_name(balancer)));
  if (member) html.markup("&amp;w=").text(in_query(r->pool, member));
  html.markup("&amp;nonce=").text(balancer.state->nonce.view()).markup("\">").text(member ? member : balancer.name);
  html.markup("</a>");
}

void show_settings(Html& html, const Balancer& balancer, const Roster& roster) {
  const LiveBalancer& live = roster.settings;
  html.markup("<table><tr>");
  for (const char* title :
       {"MaxMembers", "StickySession", "DisableFailover", "Timeout", "FailoverAttempts", "Method", "Path", "Active"}) {
    html.markup("<th>").markup(title).markup("</th>");
  }
  html.markup("</tr>\n<tr><td>")
      .number(static_cast<int>(balancer.members.size() + owner_of_members(balancer).state->most_added));
  html.markup(" [").number(static_cast<int>(roster.members.size())).markup(" Used]</td>\n");
  html.cell(sticky_names(live, "|", "(None)")).cell(live.nofailover ? "On" : "Off").markup("\n");
  html.cell(apr_time_sec(live.timeout_us)).cell(static_cast<std::int64_t>(attempts_of(roster))).markup("\n");
  html.cell(live.lbmethod.view())
      .markup("\n")
      .cell(balancer.front_path)
      .markup("\n<td>Yes</td>\n</tr>\n</table>\n<br>\n\n");
}

// How the row looks: what a member is good for at the moment.
const char* look_of(const Member& member) {
  const MemberFlags flags(member.state->flags.load());
  if (flags.has_any(MemberFlag::Error | MemberFlag::HealthFailed)) return "failed";
  if (!balance::usable(flags)) return "off";
  return flags.has_any(MemberFlag::Drain | MemberFlag::Standby | MemberFlag::Spare) ? "held" : "fine";
}

// A column of the table of members.
struct Column {
  std::string_view title;
  // Puts the members in order by it: texts upwards, numbers downwards.
  void (*sort)(const Roster& roster, std::vector<std::size_t>& order);
};

// Of values that do not change meanwhile: counters move while they are compared, and a sort may not see that.
template <auto value, class Before>
void sort_by(const Roster& roster, std::vector<std::size_t>& order, Before before) {
  std::vector<decltype(value(roster, std::size_t{}))> values;
  values.reserve(order.size());
  for (std::size_t id = 0; id < order.size(); ++id) values.push_back(value(roster, id));
  std::ranges::stable_sort(order, before, [&](std::size_t id) { return values[id]; });
}
template <auto number>
void more(const Roster& roster, std::vector<std::size_t>& order) {
  sort_by<number>(roster, order, std::greater<>());
}
template <auto text>
void less(const Roster& roster, std::vector<std::size_t>& order) {
  sort_by<text>(roster, order, std::less<>());
}

constexpr std::array columns{
    Column{"Worker URL",
           less<[](const Roster& all, std::size_t id) { return std::string_view(all.members[id]->name); }>},
    Column{"Route", less<[](const Roster& all, std::size_t id) { return all.live[id].route.view(); }>},
    Column{"RouteRedir", less<[](const Roster& all, std::size_t id) { return all.live[id].redirect.view(); }>},
    Column{"Factor", more<[](const Roster& all, std::size_t id) { return all.live[id].load_factor; }>},
    Column{"Set", less<[](const Roster& all, std::size_t id) { return all.live[id].lbset; }>},
    Column{"Status", more<[](const Roster& all, std::size_t id) {
             return all.members[id]->state->flags.load() & balance::unusable_flags.bits();
           }>},
    Column{"Elected", more<[](const Roster& all, std::size_t id) { return all.members[id]->state->elected.load(); }>},
    Column{"Busy",
           more<[](const Roster& all, std::size_t id) { return shared_state()->inflight(*all.members[id]->state); }>},
    Column{"Load", more<[](const Roster& all, std::size_t id) { return all.views[id].score->load(); }>},
    Column{"To", more<[](const Roster& all, std::size_t id) { return all.members[id]->state->sent.load(); }>},
    Column{"From", more<[](const Roster& all, std::size_t id) { return all.members[id]->state->received.load(); }>},
    Column{"HC Method",
           less<[](const Roster& all, std::size_t id) { return health::name_of(all.live[id].health.method); }>},
    Column{"HC Interval", more<[](const Roster& all, std::size_t id) { return all.live[id].health.interval_us; }>},
    Column{"Passes", more<[](const Roster& all, std::size_t id) { return all.live[id].health.passes; }>},
    Column{"Fails", more<[](const Roster& all, std::size_t id) { return all.live[id].health.fails; }>},
    Column{"HC uri", less<[](const Roster& all, std::size_t id) { return all.live[id].health.uri.view(); }>},
    Column{"HC Expr", less<[](const Roster& all, std::size_t id) { return all.live[id].health.expression.view(); }>},
    Column{"Last Check",
           more<[](const Roster& all, std::size_t id) { return all.members[id]->state->checks.begun_us.load(); }>},
};
constexpr std::size_t columns_without_checks = 11;

bool has_checks(const Roster& roster) {
  return std::ranges::any_of(roster.live,
                             [](const LiveMember& one) { return one.health.method != health::CheckMethod::None; });
}

std::vector<std::size_t> in_order(const Roster& roster, const Form& form) {
  std::vector<std::size_t> order(roster.members.size());
  std::iota(order.begin(), order.end(), 0);
  const std::string* by = form.find("sort");
  if (!by) return order;
  const auto column = std::find_if(columns.begin(), columns.end(), [&](const Column& one) { return one.title == *by; });
  if (column != columns.end()) column->sort(roster, order);
  return order;
}

struct Page {
  const Form& form;
  const Member* selected;
  CheckReports reports{};
};

void show_member(Html& html, Page& page, const Balancer& balancer, const Roster& roster, std::size_t id) {
  const Member& member = *roster.members[id];
  const LiveMember& live = roster.live[id];
  const MemberState& state = *member.state;
  apr_pool_t* pool = html.request()->pool;
  html.markup("<tr>\n<td>");
  if (*member.unix_path) html.markup("<i>");
  link_to(html, balancer, member.display_name(pool));
  if (*member.unix_path) html.markup("</i>");
  html.markup("<b class=\"")
      .markup(look_of(member))
      .markup(&member == page.selected ? " chosen" : "")
      .markup("\"></b></td>");
  html.cell(live.route.view()).cell(live.redirect.view()).cell(factor_text(pool, live.load_factor)).cell(live.lbset);
  html.cell(status_text(pool, member)).cell(static_cast<std::int64_t>(state.elected.load()));
  html.cell(shared_state()->inflight(state)).cell(roster.views[id].score->load());
  html.cell(byte_count(pool, state.sent.load())).cell(byte_count(pool, state.received.load()));
  show_health_cells(html, member, live.health, page.reports.of(member));
  html.markup("</tr>\n");
}

// For whoever has no script: the script sorts by a click on a column's title.
void show_sorting(Html& html, bool checks) {
  request_rec* r = html.request();
  html.markup("<p class=\"sorting\">Sort by");
  for (const Column& column : std::span(columns).first(checks ? columns.size() : columns_without_checks)) {
    html.markup(" <a href=\"")
        .text(ap_escape_uri(r->pool, r->uri))
        .markup("?sort=")
        .text(in_query(r->pool, column.title));
    html.markup("\">").text(column.title).markup("</a>");
  }
  html.markup("</p>\n");
}

void show_balancer(Html& html, Page& page, const Balancer& balancer) {
  const Roster& roster = roster_of(balancer);
  html.markup("<hr>\n<h3>LoadBalancer Status for ");
  link_to(html, balancer, nullptr);
  html.markup(" [").text(shared_name(balancer)).markup("]</h3>\n\n\n<div class=\"settings\">\n");
  show_settings(html, balancer, roster);
  // Columns that say nothing are there for scripts, not for the eye.
  html.markup("</div>\n<div class=\"members").markup(has_checks(roster) ? "" : " unchecked");
  html.markup("\">\n<table><tr>");
  for (const Column& column : columns) html.markup("<th>").text(column.title).markup("</th>");
  html.markup("</tr>\n");
  for (const std::size_t id : in_order(roster, page.form)) show_member(html, page, balancer, roster, id);
  html.markup("</table>\n</div>\n");
}

}  // namespace

int send_html(request_rec* r, const Form& form, const Selection& selected) {
  const ServerConfig& config = config_of(r->server);
  ap_set_content_type_ex(r, "text/html; charset=ISO-8859-1", 1);
  apr_table_setn(r->headers_out, "X-Frame-Options", "DENY");
  apr_table_setn(r->headers_out, "Referrer-Policy", "same-origin");
  apr_table_setn(
      r->headers_out, "Content-Security-Policy",
      apr_pstrcat(r->pool,
                  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
                  "base-uri 'none'; frame-ancestors 'none'; form-action 'self' ",
                  ap_construct_url(r->pool, "/", r), nullptr));
  if (r->header_only) return OK;
  Html html(r);
  begin_page(html, config);
  const bool checks =
      std::ranges::any_of(config.balancers, [](const Balancer* one) { return has_checks(roster_of(*one)); });
  if (!config.balancers.empty()) show_sorting(html, checks);
  Page page{.form = form, .selected = selected.member};
  for (const Balancer* balancer : config.balancers) show_balancer(html, page, *balancer);
  html.markup("<hr>\n");
  show_expressions(html, config);
  if (selected.member) {
    show_member_form(html, *selected.balancer, *selected.member);
  } else if (selected.balancer) {
    show_balancer_form(html, *selected.balancer);
  }
  html.markup(ap_psignature("", r)).markup("</body></html>\n");
  return OK;
}

}  // namespace cxxproxy::httpd::manager
