#include "httpd/explain/parts.hpp"

#include "httpd/attempt_rules.hpp"
#include "httpd/explain/dry_request.hpp"
#include "httpd/request_dispatcher.hpp"
#include "httpd/roster.hpp"
#include "httpd/routed_url.hpp"
#include "httpd/scheme.hpp"
#include "httpd/target_url.hpp"

#include "balance/candidates.hpp"
#include "wire/url.hpp"

#include <string>
#include <vector>

namespace cxxproxy::httpd {
namespace {

// The members of the first set with candidates, as the configuration has them.
std::string candidates_of(const Balancer& balancer) {
  const Roster& roster = roster_of(balancer);
  std::vector<balance::MemberState> states = roster.states;
  const auto flags_of = [&](MemberId id) { return balance::MemberFlags(roster.members[id]->state->flags.load()); };
  for (std::size_t id = 0; id < states.size(); ++id) states[id].flags = flags_of(static_cast<MemberId>(id));
  balance::CandidateWalk walk(states, flags_of);
  std::vector<MemberId> room(states.size());
  std::string text;
  for (const MemberId id : walk.next(room)) {
    text += (text.empty() ? "" : ", ") + wire::without_password(roster.members[id]->name);
  }
  return text;
}

void add_choice(Table& table, const request_rec* r, const RequestDispatcher& dispatcher) {
  const Balancer& balancer = *dispatcher.balancer();
  table.row({"Balancer", balancer.name});
  const char* const route = apr_table_get(r->subprocess_env, "BALANCER_SESSION_ROUTE");
  const char* const member_route = apr_table_get(r->subprocess_env, "BALANCER_WORKER_ROUTE");
  if (route && member_route && strcmp(route, member_route) == 0) {
    table.row({"Session",
               std::string("route ") + route + " from " + apr_table_get(r->subprocess_env, "BALANCER_SESSION_STICKY")});
    return;
  }
  if (route) table.row({"Session", std::string("route ") + route + ", of which there is no usable member"});
  table.row({"Candidates", candidates_of(balancer) + ", by " + roster_of(balancer).settings.lbmethod.c_str()});
}

void show_head(Report& report, RequestDispatcher& dispatcher) {
  report.line(1, {"The head that the backend gets:"});
  if (uses_http2(dispatcher.member()->scheme)) {
    backend::Http2RequestHead head;
    if (!dispatcher.write_head(head, exchange::BodyPlan{})) return report.line(2, {"none: it could not be written"});
    head.for_each([&](std::string_view name, std::string_view value, bool) { report.line(2, {name, ": ", value}); });
    return;
  }
  std::string head;
  if (!dispatcher.write_head(head, exchange::BodyPlan{})) return report.line(2, {"none: it could not be written"});
  for (std::size_t at = 0; at < head.size();) {
    const std::size_t end = std::min(head.find("\r\n", at), head.size());
    if (end > at) report.line(2, {std::string_view(head).substr(at, end - at)});
    at = end + 2;
  }
}

void show_rule(Table& table, const request_rec* r) {
  table.row({"Server", in_words(r->server)});
  const Mapping* const mapping = noted_mapping(r);
  if (!mapping) return;
  const char* const directive = mapping->regex ? "ProxyPassMatch " : "ProxyPass ";
  table.row({"Rule", std::string(directive) + mapping->path + " " + wire::without_password(mapping->target) + " (" +
                         mapping->defined_at + ")"});
}

// What SetHandler says, which has its word where no file is in question, too.
const char* handler_of(request_rec* r) {
  const auto* core = static_cast<const core_dir_config*>(ap_get_core_module_config(r->per_dir_config));
  const char* wrong = nullptr;
  const char* const named = core->expr_handler ? ap_expr_str_exec(r, core->expr_handler, &wrong) : core->handler;
  return named && !wrong ? named : nullptr;
}

void show_unproxied(Report& report, Table& table, request_rec* r) {
  table.row({"Rule", "none that proxies it"});
  if (const char* const handler = handler_of(r)) table.row({"Handler", handler});
  table.write(report, 1);
}

void show_way(Report& report, Table& table, apr_pool_t* pool, request_rec* r, const char* url) {
  RequestDispatcher dispatcher(r, url);
  exchange::Failure why{};
  const bool chosen = dispatcher.choose(why).has_value();
  if (dispatcher.balancer()) add_choice(table, r, dispatcher);
  if (!chosen) {
    table.row({"Ends", "here: " + (why.detail.empty() ? std::string("nobody can serve it") : why.detail)});
    return table.write(report, 1);
  }
  table.row({"Goes to", wire::without_password(proxied_url(r))});
  table.write(report, 1);
  report.line(1, {dispatcher.balancer() ? "Member, if nothing has been served before:" : "Worker:"});
  if (dispatcher.member()->is_generic) {
    report.line(2, {"none is declared for this URL: a connection for each request, and Timeout ",
                    in_words(r->server->timeout)});
  } else {
    explain_member(report, 2, pool, r->server, *dispatcher.member());
  }
  show_head(report, dispatcher);
}

void show_limits(Report& report) {
  std::string names;
  for (const std::string& name : modules_not_asked()) names += (names.empty() ? "" : ", ") + name;
  if (!names.empty()) report.line(1, {"Not asked, and may say otherwise: ", names});
  report.line(1, {"The client is taken to be ", asking_client, " without TLS; access control is not looked at."});
}

}  // namespace

void explain_request(Report& report, apr_pool_t* pool, server_rec* main_server, const char* url,
                     const PoolArray<const char*>& fields) {
  report.line(0, {"GET ", url});
  std::string wrong;
  request_rec* const r = make_dry_request(pool, main_server, url, fields, wrong);
  if (!r) return report.line(1, {wrong});
  const int status = route_dry_request(r);
  Table table;
  show_rule(table, r);
  if (ap_is_HTTP_ERROR(status)) {
    table.row({"Ends", "here, with " + std::to_string(status)});
    table.write(report, 1);
  } else if (const char* const backend_url = proxied_url(r)) {
    show_way(report, table, pool, r, backend_url);
  } else {
    show_unproxied(report, table, r);
  }
  show_limits(report);
  report.blank();
}

}  // namespace cxxproxy::httpd
