#include "httpd/explain/parts.hpp"

#include "balance/failover.hpp"

#include <string>

namespace cxxproxy::httpd {
namespace {

std::string on_or_off(bool on) { return on ? "On" : "Off"; }

void add_sessions(Table& table, const BalancerSettings& settings) {
  if (!*settings.sticky_cookie && !*settings.sticky_param) {
    table.row({"sessions", "none", "there is no stickysession="});
    return;
  }
  std::string names = "cookie " + std::string(settings.sticky_cookie);
  if (*settings.sticky_param) names += ", parameter " + std::string(settings.sticky_param);
  const bool stays = settings.nofailover.value_or(false);
  table.row({"sessions", names, stays ? "nofailover=On: 503 when the session's member is out" : "stickysession="});
}

void add_failures(Table& table, const BalancerSettings& settings, std::size_t members) {
  const Setting<int>& given = settings.max_attempts;
  const std::size_t retries = balance::retries_allowed(
      given.given ? std::optional<std::size_t>(static_cast<std::size_t>(given.value)) : std::nullopt, members);
  table.row({"further attempts", std::to_string(retries), given.given ? "maxattempts=" : "one for each other member"});
  std::string statuses;
  for (const int status : settings.fail_on_status) statuses += (statuses.empty() ? "" : ",") + std::to_string(status);
  if (!statuses.empty()) table.row({"out after status", statuses, "failonstatus="});
  if (settings.fail_on_timeout.value_or(false)) table.row({"out after timeout", "yes", "failontimeout="});
  const Setting<bool>& recovery = settings.force_recovery;
  table.row({"all out at once", recovery.value_or(true) ? "all are tried again" : "503 until one has rested",
             recovery.given ? "forcerecovery=" + on_or_off(recovery.value) : "default"});
  if (settings.timeout) table.row({"waits for a member", in_words(settings.timeout), "timeout="});
}

void add_manager(Table& table, const BalancerSettings& settings) {
  const bool read_only = settings.nonce.given && !*settings.nonce.value;
  table.row(
      {"manager", read_only ? "may look" : "may change", read_only ? "nonce=None" : "its nonce guards the forms"});
  if (settings.growth.value_or(0) > 0) {
    table.row({"room to grow", std::to_string(settings.growth.value) + " members", "growth="});
  }
}

}  // namespace

void explain_balancer(Report& report, apr_pool_t* pool, const server_rec* s, const Balancer& balancer) {
  report.line(1, {balancer.name, "  ", balancer.defined_at ? balancer.defined_at : ""});
  const Balancer& owner = owner_of_members(balancer);
  Table table;
  table.row({"lbmethod", balancer.settings.lbmethod, balancer.settings.lbmethod_given ? "lbmethod=" : "default"});
  add_sessions(table, balancer.settings);
  add_failures(table, balancer.settings, owner.members.size());
  add_manager(table, balancer.settings);
  table.write(report, 2);
  if (balancer.members_of) {
    report.line(2, {"Members: those of the main server's balancer of that name"});
    return;
  }
  report.line(2, {owner.members.empty() ? "Members: NONE" : "Members:"});
  for (const Member* member : owner.members) explain_member(report, 3, pool, s, *member);
}

}  // namespace cxxproxy::httpd
