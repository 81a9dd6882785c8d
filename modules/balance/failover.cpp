#include "balance/failover.hpp"

#include <algorithm>
#include <array>

namespace cxxproxy::balance {
namespace {

using enum MarksError;

constexpr std::array reasons = {
    ReasonRow{Reason::ConnectFailed, "connect-failed", 503, Always, true},
    ReasonRow{Reason::PoolExhausted, "pool-exhausted", 503, Always, true},
    ReasonRow{Reason::MemberUnusable, "member-unusable", 503, Always, true},
    ReasonRow{Reason::ProbeFailed, "probe-failed", 503, Always, true},
    ReasonRow{Reason::BrokenUnsent, "broken-unsent", 503, Always, true},
    ReasonRow{Reason::NoMember, "no-member", 503, Never, false},
    ReasonRow{Reason::RouteUnavailable, "route-unavailable", 503, Never, false},
    ReasonRow{Reason::DnsFailed, "dns-failed", 500, Always, false},
    ReasonRow{Reason::TlsFailed, "tls-failed", 500, Always, false},
    ReasonRow{Reason::Internal, "internal", 500, Always, false},
    ReasonRow{Reason::Timeout, "timeout", 502, IfFailOnTimeout, false},
    ReasonRow{Reason::SendTimeout, "send-timeout", 504, Never, false},
    ReasonRow{Reason::ClosedEarly, "closed-early", 502, Never, false},
    ReasonRow{Reason::BadAnswer, "bad-answer", 502, Never, false},
    ReasonRow{Reason::TruncatedAnswer, "truncated-answer", 0, Never, false},
    ReasonRow{Reason::StatusListed, "status-listed", 0, Always, false},
    ReasonRow{Reason::ClientGone, "client-gone", 0, Never, false},
    ReasonRow{Reason::ClientTimeout, "client-timeout", 408, Never, false},
    ReasonRow{Reason::ClientBodyBad, "client-body-bad", 400, Never, false},
    ReasonRow{Reason::NoUpgrade, "no-upgrade", 426, Never, false},
};

constexpr bool in_order_of_the_enum() {
  for (std::size_t at = 0; at < reasons.size(); ++at) {
    if (static_cast<std::size_t>(reasons[at].reason) != at) return false;
  }
  return reasons.back().reason == Reason::NoUpgrade;
}
static_assert(in_order_of_the_enum());

bool marks(const ReasonRow& row, const Attempt& attempt) noexcept {
  if (attempt.member.has(MemberFlag::IgnoreErrors)) return false;
  return row.marks == Always || (row.marks == IfFailOnTimeout && attempt.fail_on_timeout);
}

}  // namespace

std::span<const ReasonRow> reason_table() noexcept { return reasons; }

const ReasonRow& row_of(Reason reason) noexcept { return reasons[static_cast<std::size_t>(reason)]; }

std::size_t retries_allowed(std::optional<std::size_t> maxattempts, std::size_t members) noexcept {
  return maxattempts.value_or(members > 1 ? members - 1 : 0);
}

Verdict decide(Reason reason, const Attempt& attempt) noexcept {
  const ReasonRow& row = row_of(reason);
  const bool mark = marks(row, attempt);
  const bool out = mark || !usable(attempt.member);
  return {mark, row.may_try_another && out && attempt.retries_done < attempt.retries_allowed, row.status};
}

bool status_listed(std::span<const std::uint16_t> failonstatus, int status) noexcept {
  return std::ranges::find(failonstatus, status) != failonstatus.end();
}

}  // namespace cxxproxy::balance
