#include "httpd/balancing.hpp"

#include "balance/candidates.hpp"
#include "balance/route_member.hpp"
#include "balance/session_route.hpp"
#include "httpd/log.hpp"
#include "httpd/shared_state.hpp"

#include <random>
#include <vector>

APLOG_USE_MODULE(proxy_balancer);

namespace cxxproxy::httpd {
namespace {

using balance::MemberFlags;

health::ErrorMark mark_of(Member& member) { return error_mark(*member.state, member.settings.retry); }

MemberFlags revived(Member& member) {
  const health::ErrorMark mark = mark_of(member);
  mark.try_revive(apr_time_now());
  return mark.now();
}

MemberView view_of(const Member& member) {
  MemberState& state = *member.state;
  return {member.index,
          member.settings.load_factor,
          shared_state()->inflight(state),
          state.sent.load(std::memory_order_relaxed),
          state.received.load(std::memory_order_relaxed),
          &state.score};
}

std::uint64_t roll_dice() {
  static thread_local std::mt19937_64 generator{std::random_device{}()};
  return generator();
}

// What one choice works on. A thread makes one choice at a time, so its memory is kept for the next.
struct Scratch {
  std::vector<balance::MemberState> states;
  std::vector<balance::RoutedMember> routed;
  std::vector<MemberId> ids;
  std::vector<MemberView> views;
};

Scratch& scratch() {
  static thread_local Scratch own;
  return own;
}

MemberFlags flags_of(const Member& member) { return MemberFlags(member.state->flags.load(std::memory_order_acquire)); }

std::optional<MemberId> pick(const Balancer& balancer) {
  Scratch& own = scratch();
  own.states.clear();
  for (const Member* member : balancer.members) {
    own.states.push_back({flags_of(*member), static_cast<std::uint8_t>(member->settings.lbset)});
  }
  own.ids.resize(own.states.size());
  const auto revive = [&](MemberId id) { return revived(*balancer.members[id]); };
  balance::CandidateWalk walk(own.states, revive);
  for (;;) {
    const std::span<const MemberId> candidates = walk.next(own.ids);
    if (candidates.empty()) return std::nullopt;
    own.views.clear();
    for (const MemberId id : candidates) own.views.push_back(view_of(*balancer.members[id]));
    const std::optional<MemberId> picked = balancer.policy->pick(own.views, {roll_dice(), apr_time_now()});
    if (picked) return picked;
  }
}

// A session's member was used: the policy hears of it as if it had picked.
void charge(const Balancer& balancer, MemberId chosen) {
  Scratch& own = scratch();
  own.views.clear();
  for (const Member* member : balancer.members) {
    if (balance::usable(flags_of(*member))) own.views.push_back(view_of(*member));
  }
  balancer.policy->charge(own.views, chosen);
}

void recover_if_all_failed(const Balancer& balancer) {
  if (!balancer.settings.force_recovery.value_or(true)) return;
  const auto mark = [&](MemberId id) { return mark_of(*balancer.members[id]); };
  if (health::force_recovery(balancer.members.size(), mark, apr_time_now())) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, ap_server_conf,
                 CXXPROXY_LOGNO(0201) "%s: all members were in error, all are tried again (forcerecovery)",
                 balancer.name);
  }
}

std::optional<balance::SessionRoute> session_of(const Balancer& balancer, request_rec* r, std::string_view url) {
  const BalancerSettings& settings = balancer.settings;
  if (!*settings.sticky_cookie && !*settings.sticky_param) return std::nullopt;
  const char* cookies = apr_table_get(r->headers_in, "Cookie");
  return balance::find_session_route(url, cookies ? cookies : "",
                                     {.cookie = settings.sticky_cookie,
                                      .url_param = settings.sticky_param,
                                      .separator = settings.sticky_separator.value_or('.'),
                                      .semicolon_ends = settings.semicolon_ends.value_or(false)});
}

std::span<const balance::RoutedMember> routed_members(const Balancer& balancer) {
  Scratch& own = scratch();
  own.routed.clear();
  for (const Member* member : balancer.members) {
    own.routed.push_back({flags_of(*member), member->settings.route, member->settings.redirect});
  }
  return own.routed;
}

// The member of the session's route, if there is one to be had. False: the request must not go elsewhere.
bool choose_by_route(const Balancer& balancer, request_rec* r, Choice& choice) {
  const std::span<const balance::RoutedMember> members = routed_members(balancer);
  const auto revive = [&](MemberId id) { return revived(*balancer.members[id]); };
  if (const std::optional<MemberId> id = balance::find_by_route(members, choice.route, revive)) {
    choice.member = balancer.members[*id];
    charge(balancer, *id);
    return true;
  }
  if (!balancer.settings.nofailover.value_or(false) || !balance::route_is_known(members, choice.route)) return true;
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, APLOGNO(01167) "%s: All workers are in error state for route (%s)",
                balancer.name, choice.route);
  choice.reason = balance::Reason::RouteUnavailable;
  return false;
}

}  // namespace

bool usable_now(Member& member) {
  const MemberFlags flags = flags_of(member);
  return balance::usable(flags) || balance::usable(revived(member));
}

Choice choose_member(const Balancer& balancer, request_rec* r, std::string_view url) {
  Choice choice;
  recover_if_all_failed(balancer);
  if (const std::optional<balance::SessionRoute> session = session_of(balancer, r, url)) {
    if (session->route) {
      choice.sticky_name = apr_pstrmemdup(r->pool, session->name.data(), session->name.size());
      choice.route = apr_pstrmemdup(r->pool, session->route->data(), session->route->size());
      if (!choose_by_route(balancer, r, choice) || choice.member) return choice;
    }
  }
  if (const std::optional<MemberId> id = pick(balancer)) choice.member = balancer.members[*id];
  return choice;
}

}  // namespace cxxproxy::httpd
