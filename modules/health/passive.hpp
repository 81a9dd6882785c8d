// The error mark of a member: set by failing attempts, lifted by time.
//
//                  mark_error, unless it ignores errors
//    ┌──────┐ ──────────────────────────────────────────▶ ┌───────┐ ──┐
//    │ fine │                                             │ error │   │ mark_error: the rest begins anew
//    └──────┘ ◀────────────────────────────────────────── └───────┘ ◀─┘
//      │  ▲      try_revive, once the rest is over, or at
//      └──┘      once if it ignores errors; never if it is
//   connected:   stopped                     (retries + 1)
//   retries = 0  force_recovery, when all members are in
//                error                       (retries + 1)
//
// Every other flag of the member is somebody else's and is kept, whatever happens at the same time. Functions may be
// called from any thread of any process on the same fields; nothing locks or waits. Time is wall-clock microseconds,
// because the marks outlive a restart.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "balance/function_ref.hpp"
#include "balance/status.hpp"
#include "cxxproxy/policy.hpp"

namespace cxxproxy::health {

// A handle on the fields of one member in shared memory. Copies are cheap; the fields must outlive it. No null.
struct ErrorMark {
  // Bits of balance::MemberFlag.
  std::atomic<std::uint32_t>* flags;
  // When it was last marked; 0: fine since. A configured `status=+E` has 0 too, so the first who looks revives it.
  std::atomic<std::int64_t>* error_time_us;
  // Times it was revived since it last connected.
  std::atomic<std::uint32_t>* retries;
  // `retry=`: how long it rests.
  std::int64_t retry_us;

  balance::MemberFlags now() const noexcept;

  // Puts the member in error; true if it was not before, so that one caller logs it. Does nothing if it ignores
  // errors. Publishes the time before the flag.
  bool mark_error(std::int64_t now_us) const noexcept;

  enum class Revival : std::uint8_t { NotInError, TooSoon, Stopped, Revived };

  // Lifts the mark if its time is over (strictly later than mark + retry). Of all callers at once exactly one gets
  // Revived and counts the retry; the others get NotInError, and the member is usable for all.
  Revival try_revive(std::int64_t now_us) const noexcept;

  // A connection to the backend was made: forgets past failures. A member in error stays so, for its full time.
  void connected() const noexcept;
};

// `forcerecovery=On`: if all `count` members are in error even after try_revive, lifts every mark at once and returns
// true. Stops at the first member that is not in error. Lifts Stopped members' error marks too; they stay stopped.
bool force_recovery(std::size_t count, balance::FunctionRef<ErrorMark(MemberId)> member, std::int64_t now_us) noexcept;

}  // namespace cxxproxy::health
