#include "httpd/manager/html_forms.hpp"

#include "httpd/manager/health_page.hpp"
#include "httpd/manager/page.hpp"
#include "httpd/roster.hpp"
#include "httpd/shared_state.hpp"

#include "balance/status.hpp"
#include "cxxproxy/policy.hpp"

#include <algorithm>
#include <string>

namespace cxxproxy::httpd::manager {
namespace {

using balance::MemberFlag;
using balance::MemberFlags;

void begin_form(Html& html, std::string_view title) {
  request_rec* r = html.request();
  html.markup("<h3>").text(title).markup(
      "</h3>\n<form method='POST' enctype='application/x-www-form-urlencoded' action=\"");
  html.text(ap_construct_url(r->pool, ap_escape_uri(r->pool, r->uri), r)).markup("\">\n<table>\n");
}

void hidden(Html& html, std::string_view name, std::string_view value) {
  html.markup("<input type=hidden name='").markup(name).markup("' id='").markup(name).markup("' value=\"");
  html.text(value).markup("\">\n");
}

void end_form(Html& html, const Balancer& balancer) {
  html.markup("<tr><td colspan='2'><input type=submit value='Submit'></td></tr>\n</table>\n");
  hidden(html, "b", std::string_view(balancer.name).substr(std::string_view("balancer://").size()));
  hidden(html, "nonce", balancer.state->nonce.view());
  html.markup("</form>\n<hr>\n");
}

// A form that was asked for is at the end of the page: the field brings it into view. After a change the page begins at
// its beginning, where the change shows.
std::string_view focus(const Html& html) { return html.request()->method_number == M_GET ? " autofocus" : ""; }

void row(Html& html, std::string_view label, std::string_view name, std::string_view value,
         std::string_view more = {}) {
  html.markup("<tr><td><label for='").markup(name).markup("'>").markup(label).markup(":</label></td><td><input name='");
  html.markup(name).markup("' id='").markup(name).markup("' type=text").markup(more).markup(" value=\"").text(value);
  html.markup("\">");
}

void end_row(Html& html, std::string_view more = {}) { html.markup(more).markup("</td></tr>\n"); }

void choice(Html& html, const std::string& name, bool on) {
  const auto one = [&](std::string_view label, std::string_view value, bool checked) {
    html.markup("<label for='").markup(name).markup(value).markup("'>").markup(label).markup("</label> <input name='");
    html.markup(name)
        .markup("' id='")
        .markup(name)
        .markup(value)
        .markup("' value='")
        .markup(value)
        .markup("' type=radio");
    html.markup(checked ? " checked>" : ">");
  };
  one("On", "1", on);
  html.markup(" <br> ");
  one("Off", "0", !on);
}

struct Status {
  MemberFlag flag;
  std::string_view title;
};
constexpr std::array statuses{Status{MemberFlag::IgnoreErrors, "Ignore Errors"},
                              Status{MemberFlag::Drain, "Draining Mode"},
                              Status{MemberFlag::Disabled, "Disabled"},
                              Status{MemberFlag::Standby, "Hot Standby"},
                              Status{MemberFlag::Spare, "Hot Spare"},
                              Status{MemberFlag::HealthFailed, "HC Fail"},
                              Status{MemberFlag::Stopped, "Stopped"}};

void show_status(Html& html, MemberFlags flags) {
  html.markup("<tr><td>Status:</td><td><table><tr>");
  for (const Status& status : statuses) html.markup("<th>").markup(status.title).markup("</th>");
  html.markup("</tr>\n<tr>");
  for (const Status& status : statuses) {
    html.markup("<td>");
    choice(html, std::string("w_status_") + balance::letter_of(status.flag), flags.has(status.flag));
    html.markup("</td>\n");
  }
  html.markup("</tr></table></td></tr>\n");
}

void show_methods(Html& html, std::string_view current) {
  request_rec* r = html.request();
  html.markup("<tr><td><label for='b_lbm'>LBmethod:</label></td><td>\n<select name='b_lbm' id='b_lbm'")
      .markup(focus(html))
      .markup(">");
  const apr_array_header_t* found = ap_list_provider_names(r->pool, policy_provider_group, policy_provider_version);
  for (int i = 0; i < found->nelts; ++i) {
    const std::string_view name = APR_ARRAY_IDX(found, i, ap_list_provider_names_t).provider_name;
    html.markup("<option value='")
        .text(name)
        .markup("'")
        .markup(name == current ? " selected" : "")
        .markup(">")
        .text(name);
  }
  html.markup("\n</select>\n</td></tr>\n");
}

}  // namespace

void show_field(Html& html, const Field& field) {
  row(html, field.label, field.name, field.value);
  end_row(html);
}

void show_member_form(Html& html, const Balancer& balancer, const Member& member) {
  const Roster& roster = roster_of(balancer);
  const auto found = std::find(roster.members.begin(), roster.members.end(), &member);
  if (found == roster.members.end()) return;
  const LiveMember& live = roster.live[static_cast<std::size_t>(found - roster.members.begin())];
  apr_pool_t* pool = html.request()->pool;
  const char* name = member.display_name(pool);
  begin_form(html, std::string("Edit worker settings for ") + name);
  row(html, "Load factor", "w_lf", factor_text(pool, live.load_factor), focus(html));
  end_row(html);
  row(html, "LB Set", "w_ls", apr_itoa(pool, live.lbset));
  end_row(html);
  row(html, "Route", "w_wr", live.route.view());
  end_row(html);
  row(html, "Route Redirect", "w_rr", live.redirect.view());
  end_row(html);
  show_status(html, MemberFlags(member.state->flags.load()));
  show_health_fields(html, *owner_of_members(balancer).server, live.health);
  hidden(html, "w", name);
  end_form(html, balancer);
}

void show_balancer_form(Html& html, const Balancer& balancer) {
  const Roster& roster = roster_of(balancer);
  const LiveBalancer& live = roster.settings;
  apr_pool_t* pool = html.request()->pool;
  begin_form(html, std::string("Edit balancer settings for ") + balancer.name);
  show_methods(html, live.lbmethod.view());
  row(html, "Timeout", "b_tmo", apr_itoa(pool, static_cast<int>(apr_time_sec(live.timeout_us))));
  end_row(html);
  row(html, "Failover Attempts", "b_max", apr_itoa(pool, static_cast<int>(attempts_of(roster))));
  end_row(html);
  html.markup("<tr><td>Disable Failover:</td><td>");
  choice(html, "b_sforce", live.nofailover);
  end_row(html);
  row(html, "Sticky Session", "b_ss", sticky_names(live, "|", ""));
  end_row(html, " (Use '-' to delete)");
  const BalancerState& additions = *owner_of_members(balancer).state;
  if (additions.added < additions.most_added) {
    row(html, "Add New Worker", "b_nwrkr", "");
    end_row(html,
            " <label for='b_wyes'>Are you sure?</label> <input name='b_wyes' id='b_wyes' type=checkbox value='1'>");
  }
  end_form(html, balancer);
}

}  // namespace cxxproxy::httpd::manager
