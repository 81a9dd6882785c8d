#include "httpd/health/member_check.hpp"

#include "httpd/capture/lookups.hpp"
#include "httpd/log.hpp"
#include "httpd/roster.hpp"
#include "httpd/shared_state.hpp"

#include <algorithm>
#include <exception>

APLOG_USE_MODULE(proxy_hcheck);

namespace cxxproxy::httpd {
namespace {

using balance::MemberFlag;
using balance::MemberFlags;
using Change = health::CheckMark::Change;

// A first check that requests wait for, and one that is overdue when another process takes over, are soon.
constexpr apr_interval_time_t soon = apr_time_from_msec(500);

// Checks of many members begin some at a time, so that there is not a turn of the reactor for each of them.
constexpr engine::Duration beat = std::chrono::milliseconds(10);

// The beat next to it, before or after: so an interval stays what it is.
engine::TimePoint on_the_beat(engine::TimePoint due) {
  if (due >= engine::never - beat) return due;
  const auto past = (due.time_since_epoch() + beat / 2) % beat;
  return due + beat / 2 - past;
}

}  // namespace

MemberCheck::MemberCheck(engine::Reactor& reactor, const CheckedMember& checked, double phase)
    : reactor_(reactor), checked_(checked), phase_(phase) {}

void MemberCheck::set(const LiveHealth& settings) {
  const bool first = settings_.method == health::CheckMethod::None;
  const bool other_beat = settings_.interval_us != settings.interval_us;
  settings_ = settings;
  if (first) return plan_first();
  if (other_beat && !probe_) plan_next();
}

void MemberCheck::plan_first() {
  const health::CheckCounts& counts = checked_.member->state->checks;
  const apr_time_t now = apr_time_now();
  const apr_time_t begun = counts.begun_us.load(std::memory_order_relaxed);
  const apr_time_t due = begun + settings_.interval_us;
  const bool never = begun == 0 || begun > now;
  if (!never && due > now) {
    begun_ = begun;
    return plan_next();
  }
  const apr_interval_time_t within = never && !counts.awaited.load(std::memory_order_relaxed)
                                         ? settings_.interval_us
                                         : std::min(settings_.interval_us / 2, soon);
  const auto wait = static_cast<std::int64_t>(phase_ * static_cast<double>(within));
  reactor_.timers().set(*this, on_the_beat(engine::deadline_after(reactor_.now(), engine::Duration(wait))));
}

// From the beginning of one check to that of the next, unless that takes longer.
void MemberCheck::plan_next() {
  const apr_interval_time_t since = std::max<apr_interval_time_t>(apr_time_now() - begun_, 0);
  const apr_interval_time_t wait = std::max<apr_interval_time_t>(settings_.interval_us - since, 0);
  reactor_.timers().set(*this, on_the_beat(engine::deadline_after(reactor_.now(), engine::Duration(wait))));
}

template <class Work>
void MemberCheck::guarded(Work work) noexcept {
  try {
    work();
  } catch (const std::exception& escaped) {
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, checked_.server, CXXPROXY_LOGNO(0503) "no check of %s: %s",
                 checked_.member->name, escaped.what());
    plan_next();
  }
}

void MemberCheck::on_time() noexcept {
  guarded([this] { begin(); });
}

// Whoever ends this check looks around at intervals, and may not yet have seen what was changed.
bool MemberCheck::is_wanted() const {
  const Roster& roster = roster_of(*checked_.balancer);
  const auto member = std::find(roster.members.begin(), roster.members.end(), checked_.member);
  if (member == roster.members.end()) return false;
  const auto id = static_cast<std::size_t>(member - roster.members.begin());
  return roster.live[id].health.method != health::CheckMethod::None;
}

void MemberCheck::begin() {
  begun_ = apr_time_now();
  const MemberState& state = *checked_.member->state;
  if (MemberFlags(state.flags.load(std::memory_order_relaxed)).has(MemberFlag::Stopped) || !is_wanted())
    return plan_next();
  checked_.member->state->checks.begun_us.store(begun_, std::memory_order_relaxed);
  ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, checked_.server, APLOGNO(03256) "Health checking %s", checked_.member->name);
  ask();
}

void MemberCheck::ask() {
  asked_ = settings_;
  std::string why;
  std::optional<probe::Question> question = check_question(checked_, asked_, why);
  if (!question) return concluded({false, why});
  probe_ = std::make_unique<probe::Probe>(
      reactor_,
      [this](backend::AddressBook& book, probe::Probe::LookedUp done) { look_up(book, reactor_, std::move(done)); },
      std::move(*question), [this](probe::Answer&& answer) { guarded([&] { answered(answer); }); });
  probe_->start();
}

void MemberCheck::answered(const probe::Answer& answer) {
  // The probe is not needed any more, but it is the one who calls.
  const std::shared_ptr<probe::Probe> over = std::move(probe_);
  reactor_.defer([over] {});
  concluded(judge(checked_, asked_, answer));
}

void MemberCheck::concluded(const CheckVerdict& verdict) {
  // Nobody would lift what it might set.
  if (!is_wanted()) return plan_next();
  const apr_time_t now = apr_time_now();
  ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, checked_.server, APLOGNO(03251) "Health check %s of %s %s: %s",
               std::string(health::name_of(asked_.method)).c_str(), checked_.member->name,
               verdict.passed ? "passed" : "failed", verdict.text.c_str());
  note(verdict, now);
  report(verdict, now);
  plan_next();
}

void MemberCheck::note(const CheckVerdict& verdict, apr_time_t now) {
  MemberState& state = *checked_.member->state;
  const health::CheckMark mark{&state.flags, &state.checks, &state.error_time_us};
  const Change change = verdict.passed ? mark.passed(settings_.passes) : mark.failed(settings_.fails, now);
  if (change == Change::Enabled) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, checked_.server, APLOGNO(03302) "Health check ENABLING %s of %s: %s",
                 checked_.member->name, checked_.balancer->name, verdict.text.c_str());
  } else if (change == Change::Disabled) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, checked_.server, APLOGNO(03303) "Health check DISABLING %s of %s: %s",
                 checked_.member->name, checked_.balancer->name, verdict.text.c_str());
  }
}

// For the pages. Somebody who holds the records for long is not waited for: the next check tells.
void MemberCheck::report(const CheckVerdict& verdict, apr_time_t now) const {
  const SharedState& shared = *shared_state();
  const std::unique_lock records(shared.lock(), std::try_to_lock);
  if (!records) return;
  CheckReport& last = shared.record(checked_.member->state->number).check;
  last.at_us = now;
  last.took_us = now - begun_;
  last.passed = verdict.passed;
  last.text.set(verdict.text);
}

}  // namespace cxxproxy::httpd
