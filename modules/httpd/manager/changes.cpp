#include "httpd/manager/changes.hpp"
#include "httpd/scheme.hpp"

#include "httpd/lbmethod.hpp"
#include "httpd/log.hpp"
#include "httpd/manager/health_changes.hpp"
#include "httpd/roster.hpp"
#include "httpd/shared_state.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

APLOG_USE_MODULE(proxy_balancer);

namespace cxxproxy::httpd::manager {
namespace {

using balance::MemberFlag;
using balance::MemberFlags;

constexpr std::array settable{MemberFlag::IgnoreErrors, MemberFlag::Drain, MemberFlag::Disabled,
                              MemberFlag::Standby,      MemberFlag::Spare, MemberFlag::Stopped,
                              MemberFlag::HealthFailed};

class Changes {
 public:
  Changes(request_rec* r, const Form& form, Balancer& balancer, const Roster& roster)
      : r_(r), form_(form), balancer_(balancer), roster_(roster) {}

  void to_member(Member& member);
  void to_balancer();
  int add_member();

  // Says who has changed what, and what was refused. Without the lock: a log may be a pipe that nobody reads.
  void log() const;

 private:
  void load_factor(Member& member, LiveMember& now);
  void route(const char* name, const char* what, const Member& member, FixedText<64>& target);
  void status(Member& member);
  void set(const Member& member, LiveMember& now);
  void method(LiveBalancer& now);
  void session(LiveBalancer& now);
  void begin_anew(const Policy& policy);
  const char* claim_slot(const Member& wanted);

  template <class... Words>
  void note(const char* whose, Words... words);

  request_rec* r_;
  const Form& form_;
  Balancer& balancer_;
  const Roster& roster_;
  std::vector<const char*> notes_;
  const char* refused_ = nullptr;
};

// The words are escaped: some come from the client.
template <class... Words>
void Changes::note(const char* whose, Words... words) {
  const char* what = apr_pstrcat(r_->pool, words..., nullptr);
  notes_.push_back(apr_pstrcat(r_->pool, *whose ? " " : "", whose, ": ", ap_escape_logitem(r_->pool, what), nullptr));
}

void Changes::log() const {
  for (const char* what : notes_) {
    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r_, CXXPROXY_LOGNO(0205) "%s%s, by %s from %s", balancer_.name, what,
                  r_->user ? r_->user : "anyone", r_->useragent_ip);
  }
  if (refused_)
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r_, CXXPROXY_LOGNO(0206) "%s: cannot add %s", balancer_.name, refused_);
}

void Changes::load_factor(Member& member, LiveMember& now) {
  const std::string* given = form_.find("w_lf");
  if (!given) return;
  const double factor = std::strtod(given->c_str(), nullptr);
  if (!(factor >= 1 && factor <= 100)) return;
  // One that is alone has nobody to share with.
  const bool alone = roster_.members.size() == 1;
  const std::uint32_t wanted = alone ? 100 : static_cast<std::uint32_t>(std::lround(factor * 100));
  if (now.load_factor == wanted) return;
  now.load_factor = wanted;
  for (std::size_t id = 0; id < roster_.members.size(); ++id) {
    const bool changed = roster_.members[id] == &member;
    roster_.views[id].score->store(changed ? now.load_factor : roster_.live[id].load_factor);
  }
  note(member.name, "load factor ", apr_psprintf(r_->pool, "%.2f", now.load_factor / 100.0));
}

void Changes::route(const char* name, const char* what, const Member& member, FixedText<64>& target) {
  const std::string* given = form_.find(name);
  if (!given) return;
  const std::string_view wanted = FixedText<64>::fits(*given) ? std::string_view(*given) : std::string_view();
  if (target.view() == wanted) return;
  target.set(wanted);
  note(member.name, what, target.c_str());
}

void Changes::status(Member& member) {
  std::atomic<std::uint32_t>& flags = member.state->flags;
  const MemberFlags before(flags.load());
  for (const MemberFlag flag : settable) {
    const char letter[] = {balance::letter_of(flag), '\0'};
    const std::optional<long> on = form_.number(std::string("w_status_") + letter);
    if (!on) continue;
    const std::uint32_t bit = MemberFlags(flag).bits();
    const std::uint32_t old = *on ? flags.fetch_or(bit) : flags.fetch_and(~bit);
    if (((old & bit) != 0) != (*on != 0)) note(member.name, "status ", *on ? "+" : "-", letter);
    if (flag == MemberFlag::HealthFailed) member.state->checks.awaited.store(false);
  }
  if (!balance::usable(before) && balance::usable(MemberFlags(flags.load()))) begin_anew(*roster_.policy);
}

void Changes::set(const Member& member, LiveMember& now) {
  const std::optional<long> set = form_.number("w_ls");
  if (!set || *set < 0 || *set > 99 || *set == now.lbset) return;
  now.lbset = static_cast<std::int32_t>(*set);
  note(member.name, "set ", apr_itoa(r_->pool, now.lbset));
}

void Changes::to_member(Member& member) {
  LiveMember& now = shared_state()->record(member.state->number).now;
  load_factor(member, now);
  route("w_wr", "route ", member, now.route);
  route("w_rr", "route redirect ", member, now.redirect);
  status(member);
  set(member, now);
  for (const char* what : change_health(r_->pool, form_, *owner_of_members(balancer_).server, now.health)) {
    note(member.name, what);
  }
  // Nothing will come that it could wait for.
  if (now.health.method == health::CheckMethod::None && end_wait(*member.state)) note(member.name, "status -C");
}

// What the policy has counted so far.
void Changes::begin_anew(const Policy& policy) {
  const Policy::Reset reset = policy.reset();
  for (std::size_t id = 0; id < roster_.members.size(); ++id) {
    if (reset.score) roster_.views[id].score->store(0);
    if (!reset.traffic) continue;
    roster_.members[id]->state->sent.store(0);
    roster_.members[id]->state->received.store(0);
  }
}

void Changes::method(LiveBalancer& now) {
  const std::string* given = form_.find("b_lbm");
  if (!given || !FixedText<16>::fits(*given) || now.lbmethod.view() == *given) return;
  const Policy* policy = find_policy(given->c_str());
  if (!policy) return;
  now.lbmethod.set(*given);
  begin_anew(*policy);
  note("", "method ", given->c_str());
}

void Changes::session(LiveBalancer& now) {
  const std::string* given = form_.find("b_ss");
  if (!given || given->empty()) return;
  const std::string_view whole = *given == "-" ? std::string_view() : std::string_view(*given);
  const std::size_t bar = whole.find('|');
  const std::string_view cookie = whole.substr(0, bar);
  const std::string_view param = bar == std::string_view::npos ? whole : whole.substr(bar + 1);
  if (!FixedText<64>::fits(cookie) || !FixedText<64>::fits(param)) return;
  if (now.sticky_cookie.view() == cookie && now.sticky_param.view() == param) return;
  now.sticky_cookie.set(cookie);
  now.sticky_param.set(param);
  note("", "sticky session ", whole.empty() ? "none" : given->c_str());
}

void Changes::to_balancer() {
  LiveBalancer& now = balancer_.state->now;
  method(now);
  const std::optional<long> timeout = form_.number("b_tmo");
  if (timeout && *timeout >= 0 && *timeout <= 7200 && now.timeout_us != apr_time_from_sec(*timeout)) {
    now.timeout_us = apr_time_from_sec(*timeout);
    note("", "timeout ", apr_itoa(r_->pool, static_cast<int>(*timeout)));
  }
  const std::optional<long> attempts = form_.number("b_max");
  if (attempts && *attempts >= 0 && *attempts <= 99 && now.max_attempts != *attempts) {
    now.max_attempts = static_cast<std::int32_t>(*attempts);
    note("", "failover attempts ", apr_itoa(r_->pool, now.max_attempts));
  }
  const std::optional<long> stays = form_.number("b_sforce");
  if (stays && now.nofailover != (*stays != 0)) {
    now.nofailover = *stays != 0;
    note("", "failover ", now.nofailover ? "disabled" : "enabled");
  }
  session(now);
}

// Null, or why there is no place for it.
const char* Changes::claim_slot(const Member& wanted) {
  const char* name = wanted.display_name(r_->pool);
  const auto same_scheme = [&](const Member* member) { return strcmp(member->scheme, wanted.scheme) == 0; };
  const auto& members = roster_.members;
  if (!members.empty() && std::none_of(members.begin(), members.end(), same_scheme)) {
    return "the members of this balancer speak another protocol";
  }
  for (const Member* member : balancer_.members) {
    if (strcmp(member->display_name(r_->pool), name) == 0) return "it is there already";
  }
  SharedState& shared = *shared_state();
  BalancerState& state = *owner_of_members(balancer_).state;
  const std::string key = std::string(state.key.view()) + "|" + name;
  for (std::uint32_t i = 0; i < state.added; ++i) {
    if (shared.record(state.first_added + i).key.view() == key) return "it is there already";
  }
  if (state.added == state.most_added) return "there is no room for another one: growth= says how many there may be";
  if (!FixedText<512>::fits(key)) return "its URL is too long";
  const std::size_t slot = state.first_added + state.added;
  MemberRecord& record = shared.record(slot);
  record = MemberRecord{};
  record.key.set(key);
  const MemberFlags flags = MemberFlag::Initialised | MemberFlag::Disabled;
  record.configured_flags = flags.bits();
  shared.member(slot).flags.store(flags.bits());
  ++state.added;
  return nullptr;
}

int Changes::add_member() {
  const std::string* url = form_.find("b_nwrkr");
  const std::string* sure = form_.find("b_wyes");
  if (!url || url->empty() || !sure || *sure != "1") return OK;
  Member* wanted = nullptr;
  const char* wrong =
      make_member({.pool = r_->pool, .config = nullptr, .balancer = &balancer_, .url = url->c_str()}, wanted);
  if (!wrong && !serves(wanted->scheme)) {
    wrong = apr_psprintf(r_->pool, "mod_cxxproxy serves %s backends so far", served_schemes);
  }
  if (!wrong) wrong = claim_slot(*wanted);
  if (!wrong) {
    note(wanted->name, "added, and disabled so far");
    return OK;
  }
  refused_ = apr_pstrcat(r_->pool, ap_escape_logitem(r_->pool, url->c_str()), ": ", ap_escape_logitem(r_->pool, wrong),
                         nullptr);
  return HTTP_BAD_REQUEST;
}

}  // namespace

int apply_changes(request_rec* r, const Form& form, Balancer& balancer, Member* member) {
  Changes changes(r, form, balancer, roster_of(balancer));
  int status = OK;
  {
    const auto guard = shared_state()->lock().hold_briefly();
    if (!guard) return HTTP_SERVICE_UNAVAILABLE;
    if (member) changes.to_member(*member);
    changes.to_balancer();
    status = changes.add_member();
    shared_state()->changed();
  }
  changes.log();
  return status;
}

}  // namespace cxxproxy::httpd::manager
