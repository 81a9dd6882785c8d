// What to do when an attempt failed: put the member in error? try another? which status for the client?
// Values in, a value out; marking, logging and trying are the caller's. One table holds it all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "balance/status.hpp"

namespace cxxproxy::balance {

enum class Reason : std::uint8_t {
  ConnectFailed,     // refused, unreachable, or too slow to connect
  PoolExhausted,     // no connection slot became free in time
  MemberUnusable,    // it was disabled or failed after it had been chosen
  ProbeFailed,       // `ping`: no sign of life, again after one reconnect
  BrokenUnsent,      // the connection broke before any of the request's body went out, and repeating it is safe
  NoMember,          // the balancer has nobody to offer
  RouteUnavailable,  // nofailover: the session's member cannot be had
  DnsFailed,
  TlsFailed,        // handshake or verification
  Internal,         // a failure of our own while serving the attempt
  Timeout,          // the backend did not answer in time
  SendTimeout,      // the backend did not take the request's body in time
  ClosedEarly,      // hung up before the status line
  BadAnswer,        // not a valid answer, seen before any of it was passed on
  TruncatedAnswer,  // broke off after the head was passed on
  StatusListed,     // a complete answer whose status is in `failonstatus`
  ClientGone,
  ClientTimeout,  // the client's body did not come, or its answer was not taken, in time
  ClientBodyBad,  // the client's body is malformed
  NoUpgrade,      // the backend serves nothing but upgrades, and the client asks for none that it has
};

enum class MarksError : std::uint8_t { Never, Always, IfFailOnTimeout };

struct ReasonRow {
  Reason reason;
  std::string_view word;  // for the log
  std::uint16_t status;   // for the client; 0: the answer stands as it is, or nobody is there to get one
  MarksError marks;       // never a member with IgnoreErrors
  bool may_try_another;
};

// One row for each reason, in the order of the enum.
std::span<const ReasonRow> reason_table() noexcept;
const ReasonRow& row_of(Reason reason) noexcept;

// How many further attempts may follow the first. `maxattempts` as configured, else one for each other member the
// balancer had at start; with a single member none.
std::size_t retries_allowed(std::optional<std::size_t> maxattempts, std::size_t members) noexcept;

struct Attempt {
  MemberFlags member;  // flags of the member tried, as they are now; a backend outside any balancer ignores errors
  bool fail_on_timeout = false;  // `failontimeout=On`
  std::size_t retries_done = 0;  // 0 when the first attempt failed
  std::size_t retries_allowed = 0;
};

struct Verdict {
  bool mark_error;       // put the member in error
  bool try_another;      // choose again
  std::uint16_t status;  // if not; see ReasonRow::status

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

// Another member is tried only when the failed one is out of the running: a member that ignores errors stays usable,
// and the client gets its failure at once.
Verdict decide(Reason reason, const Attempt& attempt) noexcept;

// Is the status of the answer in `failonstatus`? Then, once the answer has been passed on, the reason is StatusListed.
bool status_listed(std::span<const std::uint16_t> failonstatus, int status) noexcept;

}  // namespace cxxproxy::balance
