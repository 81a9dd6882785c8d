#include "httpd/balancing.hpp"

#include "balance/session_route.hpp"
#include "httpd/log.hpp"
#include "httpd/roster.hpp"

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

APLOG_USE_MODULE(proxy_balancer);

namespace cxxproxy::httpd {
namespace {

using balance::MemberFlags;

constexpr std::uint32_t no_limit = std::numeric_limits<std::uint32_t>::max();

health::ErrorMark mark_of(Member& member) { return error_mark(*member.state, member.settings.retry); }

MemberFlags revived(Member& member) {
  const health::ErrorMark mark = mark_of(member);
  mark.try_revive(apr_time_now());
  return mark.now();
}

MemberFlags flags_of(const Member& member) { return MemberFlags(member.state->flags.load(std::memory_order_acquire)); }

// A request does not come back to a member that it has failed at, while there are others.
constexpr MemberFlags out_of_the_running = balance::MemberFlag::Initialised | balance::MemberFlag::Disabled;

bool is_among(std::span<const Member* const> tried, const Member* member) {
  return std::find(tried.begin(), tried.end(), member) != tried.end();
}

// Those of an unusable member, which is looked at once more.
MemberFlags flags_for(Member& member, std::span<const Member* const> tried) {
  return is_among(tried, &member) ? out_of_the_running : revived(member);
}

template <auto fit>
bool all_are(const Roster& roster) {
  return std::all_of(roster.members.begin(), roster.members.end(),
                     [](const Member* member) { return fit(flags_of(*member)); });
}

// splitmix64: comes by every number of 64 bits once, in an order that looks like chance.
std::uint64_t roll_dice() {
  static thread_local std::uint64_t place = std::uint64_t{std::random_device{}()} << 32 | std::random_device{}();
  std::uint64_t mixed = place += 0x9e3779b97f4a7c15;
  mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
  return mixed ^ mixed >> 31;
}

// What one choice works on. A thread makes one choice at a time, so its memory is kept for the next.
struct Scratch {
  std::vector<balance::MemberState> states;
  std::vector<balance::RoutedMember> routes;
  std::vector<MemberId> ids;
  std::vector<MemberView> views;
};

// Not inlined: else the compiler asks for the thread's memory again in every round of a loop.
[[gnu::noinline]] Scratch& scratch() {
  static thread_local Scratch own;
  return own;
}

// All members, with their flags as they are now.
template <class Row>
std::span<const Row> with_flags(const Roster& roster, const std::vector<Row>& of_roster, std::vector<Row>& rows,
                                std::span<const Member* const> tried) {
  rows = of_roster;
  for (std::size_t id = 0; id < rows.size(); ++id) {
    const Member* member = roster.members[id];
    rows[id].flags = is_among(tried, member) ? out_of_the_running : flags_of(*member);
  }
  return rows;
}

void count(MemberView& view, const MemberState& state, Policy::Wants wants) {
  if (wants.inflight || wants.exact) view.inflight = shared_state()->inflight(state);
  if (!wants.traffic) return;
  view.sent = state.sent.load(std::memory_order_relaxed);
  view.received = state.received.load(std::memory_order_relaxed);
}

// Members as the policy wants to see them.
std::span<const MemberView> views_of(const Roster& roster, std::span<const MemberId> ids) {
  std::vector<MemberView>& views = scratch().views;
  views.resize(ids.size());
  std::ranges::transform(ids, views.begin(), [&](MemberId id) { return roster.views[id]; });
  if (!roster.wants.anything()) return views;
  for (MemberView& view : views) count(view, *roster.members[view.id]->state, roster.wants);
  return views;
}

std::span<const MemberView> views_of_all(const Roster& roster) {
  if (!roster.wants.anything()) return roster.views;
  std::vector<MemberView>& views = scratch().views;
  views = roster.views;
  for (MemberView& view : views) count(view, *roster.members[view.id]->state, roster.wants);
  return views;
}

// Most of the time all members are of one set and none is held back: they are the candidates then.
bool all_are_candidates(const Roster& roster) { return roster.one_set && all_are<balance::in_front>(roster); }

std::span<const MemberId> usable_ids(const Roster& roster) {
  std::vector<MemberId>& ids = scratch().ids;
  ids.clear();
  for (std::size_t id = 0; id < roster.members.size(); ++id) {
    if (balance::usable(flags_of(*roster.members[id]))) ids.push_back(static_cast<MemberId>(id));
  }
  return ids;
}

// The request is at that member from now on. `at_most`: an empty mark if more than so many are there by now.
BusyMark mark_busy(const Roster& roster, MemberId id, std::uint32_t at_most = no_limit) {
  const MemberState& state = *roster.members[id]->state;
  return at_most == no_limit ? BusyMark(*shared_state(), state)
                             : BusyMark::unless_more(*shared_state(), state, at_most);
}

struct Picked {
  MemberId id;
  BusyMark busy;
};

// Asks until the one picked is still as idle as it was when it was looked at. Each failed try means that another caller
// got on; after so many a slightly uneven pick is better than more waiting.
template <class Views>
std::optional<Picked> pick_exactly(const Roster& roster, const Views& views_now, const PickInput& input) {
  constexpr int most_tries = 100;
  for (int tries = 1;; ++tries) {
    const std::span<const MemberView> views = views_now();
    const std::optional<MemberId> id = roster.policy->pick(views, input);
    if (!id) return std::nullopt;
    const std::uint32_t seen = std::ranges::find(views, *id, &MemberView::id)->inflight;
    BusyMark busy = mark_busy(roster, *id, tries < most_tries ? seen : no_limit);
    if (!busy) continue;
    roster.policy->charge(views, *id);
    return Picked{*id, std::move(busy)};
  }
}

template <class Views>
std::optional<Picked> pick_among(const Roster& roster, const Views& views_now, const PickInput& input) {
  if (roster.wants.exact) return pick_exactly(roster, views_now, input);
  const std::optional<MemberId> id = roster.policy->pick(views_now(), input);
  return id ? std::optional(Picked{*id, mark_busy(roster, *id)}) : std::nullopt;
}

std::optional<Picked> pick(const Roster& roster, std::span<const Member* const> tried) {
  const PickInput input{roll_dice(), apr_time_now()};
  if (tried.empty() && all_are_candidates(roster)) {
    return pick_among(
        roster, [&] { return views_of_all(roster); }, input);
  }
  if (roster.wants.everyone) {
    for (Member* member : roster.members) static_cast<void>(usable_now(*member));
    return pick_among(
        roster, [&] { return views_of(roster, usable_ids(roster)); }, input);
  }
  Scratch& own = scratch();
  const auto revive = [&](MemberId id) { return flags_for(*roster.members[id], tried); };
  balance::CandidateWalk walk(with_flags(roster, roster.states, own.states, tried), revive);
  own.ids.resize(own.states.size());
  for (;;) {
    const std::span<const MemberId> candidates = walk.next(own.ids);
    if (candidates.empty()) return std::nullopt;
    std::optional<Picked> picked = pick_among(
        roster, [&] { return views_of(roster, candidates); }, input);
    if (picked) return picked;
  }
}

// A session's member was used: the policy hears of it as if it had picked.
void charge(const Roster& roster, MemberId chosen) {
  const bool all = all_are<balance::usable>(roster);
  roster.policy->charge(all ? views_of_all(roster) : views_of(roster, usable_ids(roster)), chosen);
}

void recover_if_all_failed(const Balancer& balancer, const Roster& roster) {
  if (!balancer.settings.force_recovery.value_or(true)) return;
  if (roster.members.empty() || !flags_of(*roster.members[0]).has(balance::MemberFlag::Error)) return;
  const auto mark = [&](MemberId id) { return mark_of(*roster.members[id]); };
  if (health::force_recovery(roster.members.size(), mark, apr_time_now())) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, ap_server_conf,
                 CXXPROXY_LOGNO(0201) "%s: all members were in error, all are tried again (forcerecovery)",
                 balancer.name);
  }
}

std::optional<balance::SessionRoute> session_of(const Balancer& balancer, const Roster& roster, request_rec* r,
                                                std::string_view url) {
  const BalancerSettings& configured = balancer.settings;
  const LiveBalancer& settings = roster.settings;
  if (!settings.sticky()) return std::nullopt;
  const char* cookies = apr_table_get(r->headers_in, "Cookie");
  return balance::find_session_route(url, cookies ? cookies : "",
                                     {.cookie = settings.sticky_cookie.view(),
                                      .url_param = settings.sticky_param.view(),
                                      .separator = configured.sticky_separator.value_or('.'),
                                      .semicolon_ends = configured.semicolon_ends.value_or(false)});
}

// The first of the route, where nothing speaks against it: most of the time that is who find_by_route() finds.
std::optional<MemberId> first_of_route(const Roster& roster, std::string_view route) {
  const auto found = roster.first_of_route.find(route);
  if (found == roster.first_of_route.end()) return std::nullopt;
  const MemberFlags flags = flags_of(*roster.members[found->second]);
  const bool fit = balance::usable(flags) && !flags.has(balance::MemberFlag::Standby);
  return fit ? std::optional(found->second) : std::nullopt;
}

// The member of the session's route, if there is one to be had; else `refused` if the request must not go elsewhere.
std::optional<MemberId> choose_by_route(const Balancer& balancer, const Roster& roster, request_rec* r,
                                        const char* route, std::span<const Member* const> tried, bool& refused) {
  if (const std::optional<MemberId> id = tried.empty() ? first_of_route(roster, route) : std::nullopt) return id;
  const std::span<const balance::RoutedMember> members = with_flags(roster, roster.routes, scratch().routes, tried);
  const auto revive = [&](MemberId id) { return flags_for(*roster.members[id], tried); };
  if (const std::optional<MemberId> id = balance::find_by_route(members, route, revive)) return id;
  if (!roster.settings.nofailover || !balance::route_is_known(members, route)) return std::nullopt;
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, APLOGNO(01167) "%s: All workers are in error state for route (%s)",
                balancer.name, route);
  refused = true;
  return std::nullopt;
}

}  // namespace

bool usable_now(Member& member) {
  const MemberFlags flags = flags_of(member);
  return balance::usable(flags) || balance::usable(revived(member));
}

Choice choose_member(const Balancer& balancer, request_rec* r, std::string_view url,
                     std::span<const Member* const> tried) {
  Choice choice;
  const Roster& roster = roster_of(balancer);
  recover_if_all_failed(balancer, roster);
  std::optional<Picked> picked;
  const std::optional<balance::SessionRoute> session = session_of(balancer, roster, r, url);
  if (session && session->route) {
    choice.sticky_name = copy_in(r->pool, session->name);
    choice.route = copy_in(r->pool, *session->route);
    bool refused = false;
    const std::optional<MemberId> id = choose_by_route(balancer, roster, r, choice.route, tried, refused);
    if (refused) {
      choice.reason = balance::Reason::RouteUnavailable;
      return choice;
    }
    if (id) {
      picked.emplace(Picked{*id, mark_busy(roster, *id)});
      charge(roster, *id);
    }
  }
  if (!picked) picked = pick(roster, tried);
  if (!picked && !tried.empty()) picked = pick(roster, {});
  if (!picked) return choice;
  const std::string_view route = roster.live[picked->id].route.view();
  choice.member = roster.members[picked->id];
  choice.busy = std::move(picked->busy);
  choice.member_route = route.empty() ? "" : copy_in(r->pool, route);
  choice.route_changed = roster.settings.sticky() && (!choice.route || choice.route != route);
  return choice;
}

}  // namespace cxxproxy::httpd
