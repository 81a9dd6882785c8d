#include "httpd/roster.hpp"

#include "httpd/scheme.hpp"

#include "httpd/added_members.hpp"
#include "httpd/config.hpp"
#include "httpd/lbmethod.hpp"
#include "httpd/shared_state.hpp"

namespace cxxproxy::httpd {

Roster::Roster(Balancer& balancer) : settings(balancer.state->now), policy(find_policy(settings.lbmethod.c_str())) {
  // One of a module that is not loaded any more.
  if (!policy) policy = balancer.policy;
  wants = policy->wants();
  const SharedState& shared = *shared_state();
  Balancer& owner = owner_of_members(balancer);
  const BalancerState& state = *owner.state;
  live.reserve(balancer.members.size() + state.added);
  for (Member* member : balancer.members) add(*member, shared.record(member->state->number).now);
  for (std::uint32_t i = 0; i < state.added; ++i) {
    const std::size_t slot = state.first_added + i;
    if (Member* const member = added_member(owner, slot)) add(*member, shared.record(slot).now);
  }
}

void Roster::add(Member& member, const LiveMember& settings_now) {
  const auto id = static_cast<MemberId>(members.size());
  live.push_back(settings_now);
  const LiveMember& mine = live.back();
  members.push_back(&member);
  states.push_back({.flags = {}, .lbset = static_cast<std::uint8_t>(mine.lbset)});
  any_http2 = any_http2 || uses_http2(member.scheme);
  one_set = one_set && states.back().lbset == states.front().lbset;
  routes.push_back({.flags = {}, .route = mine.route.view(), .redirect = mine.redirect.view()});
  if (!mine.route.empty()) first_of_route.try_emplace(mine.route.view(), id);
  views.push_back({.id = id,
                   .weight = mine.load_factor,
                   .inflight = 0,
                   .sent = 0,
                   .received = 0,
                   .score = &shared_state()->score(*member.state),
                   .host = member.host});
}

class LatestRoster {
 public:
  struct Known {
    std::uint64_t version = 0;
    std::shared_ptr<const Roster> roster;
  };

  explicit LatestRoster(Balancer& balancer) noexcept : balancer_(balancer) {}

  // The newest there is to be had.
  Known get() {
    const std::lock_guard guard(mutex_);
    const SharedState& shared = *shared_state();
    if (known_.roster && known_.version == shared.version()) return known_;
    // The first one, in the parent, has to be made: without the lock if a child that holds it was stopped.
    const auto records =
        known_.roster ? std::unique_lock(shared.lock(), std::try_to_lock) : shared.lock().hold_briefly();
    if (known_.roster && !records) return known_;
    known_ = {shared.version(), std::make_shared<const Roster>(balancer_)};
    return known_;
  }

 private:
  Balancer& balancer_;
  std::mutex mutex_;
  Known known_;
};

namespace {

std::vector<LatestRoster::Known>& known_here() {
  static thread_local std::vector<LatestRoster::Known> known;
  return known;
}

}  // namespace

const Roster& roster_of(const Balancer& balancer) {
  std::vector<LatestRoster::Known>& known = known_here();
  if (known.size() <= balancer.number) known.resize(balancer.number + 1);
  LatestRoster::Known& mine = known[balancer.number];
  if (!mine.roster || mine.version != shared_state()->version()) mine = balancer.latest->get();
  return *mine.roster;
}

void make_rosters(apr_pool_t* pool, server_rec* main_server) {
  begin_added_members(pool);
  for (server_rec* s = main_server; s; s = s->next) {
    for (Balancer* balancer : config_of(s).balancers) {
      if (balancer->latest) continue;
      balancer->server = &config_of(s);
      balancer->latest = &make_in<LatestRoster>(pool, *balancer);
      balancer->latest->get();
    }
  }
}

void for_each_member(server_rec* main_server, void (*what)(Member& member)) {
  for (server_rec* s = main_server; s; s = s->next) {
    const ServerConfig& config = config_of(s);
    for (Member* member : config.members) what(*member);
    for (Balancer* balancer : config.balancers) {
      for (Member* member : balancer->members) what(*member);
    }
  }
  for_each_added_member(what);
}

}  // namespace cxxproxy::httpd
