#include "httpd/carry_over.hpp"

#include "httpd/config.hpp"
#include "httpd/log.hpp"
#include "httpd/persistence.hpp"
#include "httpd/pool.hpp"
#include "httpd/segments.hpp"

#include <apr_uuid.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

APLOG_USE_MODULE(proxy_balancer);

namespace cxxproxy::httpd {
namespace {

using balance::MemberFlag;
using balance::MemberFlags;

using Segment = SharedState::Segment;

LiveHealth wanted_of(const HealthSettings& settings) {
  return {.method = settings.method,
          .interval_us = settings.interval,
          .passes = settings.passes,
          .fails = settings.fails,
          .uri = std::string_view(settings.uri),
          .expression = std::string_view(settings.expression)};
}

LiveMember wanted_of(const MemberSettings& settings) {
  return {.load_factor = settings.load_factor,
          .lbset = settings.lbset,
          .route = std::string_view(settings.route),
          .redirect = std::string_view(settings.redirect),
          .health = wanted_of(settings.health)};
}

LiveBalancer wanted_of(const BalancerSettings& settings) {
  return {.lbmethod = std::string_view(settings.lbmethod),
          .timeout_us = settings.timeout,
          .max_attempts = settings.max_attempts.value_or(-1),
          .nofailover = settings.nofailover.value_or(false),
          .sticky_cookie = std::string_view(settings.sticky_cookie),
          .sticky_param = std::string_view(settings.sticky_param)};
}

// Only a balancer can do without a member.
MemberFlags flags_of(const Member& member) {
  const MemberFlags flags = member.settings.initial_status.with(MemberFlag::Initialised);
  return member.balancer ? flags : flags.with(MemberFlag::IgnoreErrors);
}

// Brings one thing of the last generation under this one's configuration.
class Merge {
 public:
  Merge(server_rec* s, std::string_view whose) : s_(s), whose_(whose) {}

  template <class T>
  void field(const char* name, T& now, T& configured, const T& wanted) const {
    if (configured == wanted) return;
    if (!(now == configured) && !(now == wanted)) report(name);
    now = configured = wanted;
  }

  void report(const char* name) const {
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s_,
                 CXXPROXY_LOGNO(0203) "%s: %s was changed while the server ran; the configuration has been edited since, and "
                                      "what it says counts",
                 whose_.c_str(), name);
  }

  void serves_again() const {
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s_,
                 CXXPROXY_LOGNO(0213) "%s had failed its health checks; it is not checked any more, and serves again",
                 whose_.c_str());
  }

 private:
  server_rec* s_;
  std::string whose_;
};

void merge(const Merge& merge, LiveHealth& now, LiveHealth& before, const LiveHealth& wanted) {
  merge.field("hcmethod", now.method, before.method, wanted.method);
  merge.field("hcinterval", now.interval_us, before.interval_us, wanted.interval_us);
  merge.field("hcpasses", now.passes, before.passes, wanted.passes);
  merge.field("hcfails", now.fails, before.fails, wanted.fails);
  merge.field("hcuri", now.uri, before.uri, wanted.uri);
  merge.field("hcexpr", now.expression, before.expression, wanted.expression);
}

// What the server itself marks members with is nobody's change.
bool changed_by_hand(std::uint32_t flags, std::uint32_t configured) {
  constexpr MemberFlags marks = MemberFlag::Error | MemberFlag::HealthFailed;
  return ((flags ^ configured) & ~marks.bits()) != 0;
}

// With nobody to check it a mark of checks would stay for ever.
void forget_checks(const Merge& with, MemberState& state) {
  state.checks.passes.store(0);
  state.checks.fails.store(0);
  const std::uint32_t mark = MemberFlags(MemberFlag::HealthFailed).bits();
  if ((state.flags.fetch_and(~mark) & mark) != 0) with.serves_again();
}

// What checks have found stays, whatever else is configured anew.
MemberFlags found_by_checks(const MemberState& state, const MemberRecord& record) {
  if (record.now.health.method == health::CheckMethod::None) return {};
  const MemberFlags found(state.flags.load() & ~record.configured_flags);
  return found.has(MemberFlag::HealthFailed) ? MemberFlag::HealthFailed : MemberFlags();
}

void merge(const Merge& with, MemberRecord& record, MemberState& state, const Member& member) {
  const LiveMember wanted = wanted_of(member.settings);
  LiveMember& now = record.now;
  LiveMember& before = record.configured;
  with.field("loadfactor", now.load_factor, before.load_factor, wanted.load_factor);
  with.field("lbset", now.lbset, before.lbset, wanted.lbset);
  with.field("route", now.route, before.route, wanted.route);
  with.field("redirect", now.redirect, before.redirect, wanted.redirect);
  const bool was_checked = now.health.method != health::CheckMethod::None;
  merge(with, now.health, before.health, wanted.health);
  if (!member.settings.health.wait || now.health.method == health::CheckMethod::None) end_wait(state);
  const std::uint32_t flags = flags_of(member).bits();
  const bool is_checked = now.health.method != health::CheckMethod::None;
  if (was_checked && !is_checked && !MemberFlags(flags).has(MemberFlag::HealthFailed)) forget_checks(with, state);
  if (record.configured_flags == flags) return;
  if (changed_by_hand(state.flags.load(), record.configured_flags)) with.report("status");
  state.flags.store(flags | found_by_checks(state, record).bits());
  record.configured_flags = flags;
}

void merge(const Merge& merge, BalancerState& state, const BalancerSettings& settings) {
  const LiveBalancer wanted = wanted_of(settings);
  LiveBalancer& now = state.now;
  LiveBalancer& before = state.configured;
  merge.field("lbmethod", now.lbmethod, before.lbmethod, wanted.lbmethod);
  merge.field("timeout", now.timeout_us, before.timeout_us, wanted.timeout_us);
  merge.field("maxattempts", now.max_attempts, before.max_attempts, wanted.max_attempts);
  merge.field("nofailover", now.nofailover, before.nofailover, wanted.nofailover);
  merge.field("stickysession", now.sticky_cookie, before.sticky_cookie, wanted.sticky_cookie);
  merge.field("stickysession", now.sticky_param, before.sticky_param, wanted.sticky_param);
}

// Not among what was configured: lifting it is no change of the status.
void await_first_check(const MemberRecord& record, MemberState& state, const Member& member) {
  if (!member.settings.health.wait || record.now.health.method == health::CheckMethod::None) return;
  state.checks.awaited.store(true);
  state.flags.fetch_or(MemberFlags(MemberFlag::HealthFailed).bits());
}

void begin_fresh(MemberRecord& record, MemberState& state, const Member& member) {
  record.now = record.configured = wanted_of(member.settings);
  record.configured_flags = flags_of(member).bits();
  state.flags.store(record.configured_flags);
  await_first_check(record, state, member);
}

void give_nonce(BalancerState& state, const Balancer& balancer) {
  const bool configured = balancer.settings.nonce.given;
  const bool keeps = !configured && !state.nonce_is_configured && !state.nonce.empty();
  state.nonce_is_configured = configured;
  if (keeps) return;
  if (configured) return state.nonce.set(balancer.settings.nonce.value);
  char text[APR_UUID_FORMATTED_LENGTH + 1];
  apr_uuid_t uuid;
  apr_uuid_get(&uuid);
  apr_uuid_format(text, &uuid);
  state.nonce.set(text);
}

bool same_slots(const SharedState& state, const StatePlan& plan) {
  if (state.members().size() != plan.slots() || state.balancers().size() != plan.balancers.size()) return false;
  for (std::size_t i = 0; i < plan.members.size(); ++i) {
    if (state.record(i).key.view() != plan.members[i].key) return false;
  }
  for (std::size_t i = 0; i < plan.balancers.size(); ++i) {
    const BalancerState& balancer = state.balancer(i);
    if (balancer.key.view() != plan.balancers[i].key || balancer.most_added != plan.balancers[i].growth) return false;
  }
  return true;
}

void take_checks(health::CheckCounts& old, health::CheckCounts& made) {
  made.passes.store(old.passes.load());
  made.fails.store(old.fails.load());
  made.begun_us.store(old.begun_us.load());
  made.awaited.store(old.awaited.load());
  made.checks.store(old.checks.exchange(0));
  made.failures.store(old.failures.exchange(0));
}

// The counters move: what children of the last generation still count there comes over when they are gone.
void take_slot(const SharedState& from, std::size_t source, SharedState& to, std::size_t target) {
  MemberState& old = from.member(source);
  MemberState& made = to.member(target);
  made.flags.store(old.flags.load());
  made.retries.store(old.retries.load());
  made.error_time_us.store(old.error_time_us.load());
  made.elected.store(old.elected.exchange(0));
  made.sent.store(old.sent.exchange(0));
  made.received.store(old.received.exchange(0));
  take_checks(old.checks, made.checks);
  to.score(made).store(from.score(old).load());
  to.record(target) = from.record(source);
}

// What a new segment gets from an old one.
class Heir {
 public:
  Heir(server_rec* s, const SharedState& old, SharedState& made) : s_(s), old_(old), made_(made) {
    for (std::size_t i = 0; i < old.members().size(); ++i) {
      if (!old.record(i).key.empty()) members_.emplace(old.record(i).key.view(), i);
    }
    for (std::size_t i = 0; i < old.balancers().size(); ++i) balancers_.emplace(old.balancer(i).key.view(), i);
  }

  bool member(std::size_t number, const std::string& key) {
    const auto found = members_.find(key);
    if (found == members_.end()) return false;
    take_slot(old_, found->second, made_, number);
    taken_.insert(found->second);
    return true;
  }

  bool balancer(BalancerState& state, const std::string& key) {
    const auto found = balancers_.find(key);
    if (found == balancers_.end()) return false;
    const BalancerState& old = old_.balancer(found->second);
    state.nonce = old.nonce;
    state.nonce_is_configured = old.nonce_is_configured;
    state.now = old.now;
    state.configured = old.configured;
    for (std::uint32_t i = 0; i < old.added; ++i) added(state, old.first_added + i);
    return true;
  }

 private:
  // One that was added at run time; by now it may stand in the configuration.
  void added(BalancerState& state, std::size_t source) {
    if (taken_.contains(source)) return;
    if (state.added < state.most_added) return take_slot(old_, source, made_, state.first_added + state.added++);
    ap_log_error(
        APLOG_MARK, APLOG_WARNING, 0, s_,
        CXXPROXY_LOGNO(0204) "%s was added while the server ran, and growth= has no room for it any more: it is gone",
        old_.record(source).key.c_str());
  }

  server_rec* s_;
  const SharedState& old_;
  SharedState& made_;
  std::unordered_map<std::string_view, std::size_t> members_;
  std::unordered_map<std::string_view, std::size_t> balancers_;
  std::unordered_set<std::size_t> taken_;
};

// A segment of its own, with what `old`, if there is one, has for it.
Segment make_segment(server_rec* s, const StatePlan& plan, const SharedState* old) {
  const Segment segment = SharedState::create(s->process->pool, plan.slots(), plan.balancers.size());
  if (!segment.base) return segment;
  SharedState made(segment.base);
  std::optional<Heir> heir;
  if (old) heir.emplace(s, *old, made);
  for (std::size_t i = 0; i < plan.members.size(); ++i) {
    if (!heir || !heir->member(i, plan.members[i].key))
      begin_fresh(made.record(i), made.member(i), *plan.members[i].member);
    made.record(i).key.set(plan.members[i].key);
  }
  std::size_t next = plan.members.size();
  for (std::size_t i = 0; i < plan.balancers.size(); ++i) {
    BalancerState& balancer = made.balancer(i);
    balancer.key.set(plan.balancers[i].key);
    balancer.first_added = static_cast<std::uint32_t>(next);
    balancer.most_added = plan.balancers[i].growth;
    next += balancer.most_added;
    if (heir && heir->balancer(balancer, plan.balancers[i].key)) continue;
    balancer.now = balancer.configured = wanted_of(plan.balancers[i].balancer->settings);
  }
  return segment;
}

void connect(server_rec* s, const StatePlan& plan, SharedState& state) {
  for (std::size_t i = 0; i < plan.members.size(); ++i) {
    Member& member = *plan.members[i].member;
    member.state = &state.member(i);
    merge(Merge(s, member.name), state.record(i), state.member(i), member);
  }
  for (std::size_t i = 0; i < plan.balancers.size(); ++i) {
    Balancer& balancer = *plan.balancers[i].balancer;
    balancer.state = &state.balancer(i);
    balancer.number = static_cast<std::uint32_t>(i);
    merge(Merge(s, balancer.name), state.balancer(i), balancer.settings);
    give_nonce(state.balancer(i), balancer);
  }
  state.changed();
}

void await_first_checks(const StatePlan& plan, SharedState& state) {
  for (std::size_t i = 0; i < plan.members.size(); ++i) {
    await_first_check(state.record(i), state.member(i), *plan.members[i].member);
  }
}

}  // namespace

apr_status_t begin_generation(apr_pool_t* pconf, apr_pool_t* ptemp, server_rec* main_server, const StatePlan& plan) {
  void* const last = newest_segment(main_server);
  void* from = last;
  if (!last && persists(main_server)) from = load_saved(ptemp, main_server);
  std::optional<SharedState> old;
  if (from) old.emplace(from);
  void* base = last;
  if (!last || !same_slots(*old, plan)) {
    const Segment made = make_segment(main_server, plan, old ? &*old : nullptr);
    if (!made.base) return made.why;
    add_segment(main_server, made);
    base = made.base;
  }
  SharedState& state = make_in<SharedState>(pconf, base);
  connect(main_server, plan, state);
  // Nobody has looked at the members of a saved state since.
  if (!last && from) await_first_checks(plan, state);
  look_back(main_server, state);
  set_shared_state(&state);
  keep_saved(pconf, main_server, plan);
  return APR_SUCCESS;
}

apr_status_t rehearse_generation(apr_pool_t* pconf, server_rec* main_server, const StatePlan& plan) {
  const Segment made = make_segment(main_server, plan, nullptr);
  if (!made.base) return made.why;
  SharedState& state = make_in<SharedState>(pconf, made.base);
  connect(main_server, plan, state);
  set_shared_state(&state);
  return APR_SUCCESS;
}

}  // namespace cxxproxy::httpd
