#include "httpd/manager/tree.hpp"

#include "httpd/config.hpp"
#include "httpd/manager/check_reports.hpp"
#include "httpd/manager/page.hpp"
#include "httpd/roster.hpp"
#include "httpd/shared_state.hpp"

namespace cxxproxy::httpd::manager {
namespace {

void show_pool(Tree& tree, const MemberSettings& settings) {
  tree.number("min", settings.min);
  tree.number("smax", settings.smax < 0 ? settings.max : settings.smax);
  tree.number("max", settings.max);
  tree.seconds("ttl", settings.ttl);
  if (settings.timeout.given) tree.seconds("timeout", settings.timeout.value);
  if (settings.acquire.given) tree.milliseconds("acquire", settings.acquire.value);
  if (settings.receive_buffer.given) tree.number("recv_buffer_size", settings.receive_buffer.value);
  if (settings.io_buffer.given) tree.number("io_buffer_size", settings.io_buffer.value);
  if (settings.keepalive.given) tree.flag("keepalive", settings.keepalive.value);
}

void show_counts(request_rec* r, Tree& tree, const Member& member, const LiveMember& live) {
  const MemberState& state = *member.state;
  tree.text("status", status_text(r->pool, member));
  if (const apr_time_t failed = state.error_time_us.load(); failed > 0) {
    tree.date("error_time", failed);
  }
  tree.number("retries", state.retries.load());
  tree.number("lbstatus", shared_state()->score(state).load());
  tree.factor_again("loadfactor", live.load_factor);
  tree.number("transferred", static_cast<std::int64_t>(state.sent.load()));
  tree.number("read", static_cast<std::int64_t>(state.received.load()));
  tree.number("elected", static_cast<std::int64_t>(state.elected.load()));
  tree.text("route", live.route.view());
  tree.text("redirect", live.redirect.view());
  tree.number("busy", shared_state()->inflight(state));
  tree.number("lbset", live.lbset);
}

void show_health(Tree& tree, const Member& member, const LiveHealth& live, const CheckReport& report) {
  const health::CheckCounts& counts = member.state->checks;
  tree.begin("healthcheck");
  tree.text("method", health::name_of(live.method));
  tree.milliseconds("interval", live.interval_us);
  tree.number("passes", live.passes);
  tree.number("fails", live.fails);
  tree.text("uri", live.uri.view());
  tree.text("expr", live.expression.view());
  tree.number("passes_so_far", counts.passes.load());
  tree.number("fails_so_far", counts.fails.load());
  tree.number("checks", static_cast<std::int64_t>(counts.checks.load()));
  tree.number("failures", static_cast<std::int64_t>(counts.failures.load()));
  if (report.at_us > 0) {
    tree.text("last_result", report.passed ? "passed" : "failed");
    tree.text("last_text", report.text.view());
    tree.date("last_time", report.at_us);
    tree.milliseconds("last_duration", report.took_us);
  }
  tree.end("healthcheck");
}

struct Page {
  request_rec* r;
  Tree& tree;
  CheckReports reports{};
};

void show_member(Page& page, const Member& member, const LiveMember& live) {
  request_rec* const r = page.r;
  Tree& tree = page.tree;
  const MemberSettings& settings = member.settings;
  tree.begin("worker");
  tree.url("name", member.display_name(r->pool));
  tree.text("scheme", member.scheme);
  tree.text("hostname", member.host);
  tree.factor("loadfactor", live.load_factor);
  tree.number("port", member.port);
  show_pool(tree, settings);
  show_counts(r, tree, member, live);
  if (settings.disable_reuse.given) tree.flag("disablereuse", settings.disable_reuse.value);
  if (settings.connect_timeout.given) tree.milliseconds("connectiontimeout", settings.connect_timeout.value);
  if (settings.retry_given) tree.seconds("retry", settings.retry);
  if (live.health.method != health::CheckMethod::None) show_health(tree, member, live.health, page.reports.of(member));
  tree.end("worker");
}

void show_balancer(Page& page, const Balancer& balancer) {
  Tree& tree = page.tree;
  const Roster& roster = roster_of(balancer);
  const LiveBalancer& live = roster.settings;
  tree.begin("balancer");
  tree.text("name", balancer.name);
  tree.text("nonce", balancer.state->nonce.view());
  if (live.sticky()) {
    tree.text("stickysession", live.sticky_cookie.view());
    tree.flag("nofailover", live.nofailover);
  }
  tree.seconds("timeout", live.timeout_us);
  const auto attempts = static_cast<std::int64_t>(attempts_of(roster));
  if (attempts > 0 || live.max_attempts >= 0) tree.number("maxattempts", attempts);
  tree.text("lbmethod", live.lbmethod.view());
  if (live.sticky()) tree.flag("scolonpathdelim", balancer.settings.semicolon_ends.value_or(false));
  tree.begin_list("workers");
  for (std::size_t id = 0; id < roster.members.size(); ++id) show_member(page, *roster.members[id], roster.live[id]);
  tree.end_list("workers");
  tree.end("balancer");
}

}  // namespace

void write_balancers(request_rec* r, Tree& tree) {
  tree.begin_list("balancers");
  Page page{.r = r, .tree = tree};
  for (const Balancer* balancer : config_of(r->server).balancers) show_balancer(page, *balancer);
  tree.end_list("balancers");
}

}  // namespace cxxproxy::httpd::manager
