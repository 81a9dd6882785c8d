// The mark of failed checks on a member: so many failures in a row set it, so many passes in a row lift it.
//
//                    `fails` failures
//    ┌──────┐ ──────────────────────────────▶ ┌────────────┐
//    │ well │                                 │ HcFl (C)   │
//    └──────┘ ◀────────────────────────────── └────────────┘
//                    `passes` passes
//
// Passes lift the error mark of failed requests, too: a member in error is not well either. Failures count while it is
// in error, so that the end of its rest sends no request to a member that checks know to be bad. A pass forgets
// failures before it, and a failure passes (the stock module adds up those that were not in a row). Functions may be
// called from any thread of any process; nothing locks or waits. Time is wall-clock microseconds, because all of it
// outlives a restart.
#pragma once

#include "balance/status.hpp"

#include <atomic>
#include <cstdint>

namespace cxxproxy::health {

// Of one member, in shared memory. All zero is one that was never checked.
struct CheckCounts {
  std::atomic<std::int32_t> passes;    // in a row, while it is not well
  std::atomic<std::int32_t> fails;     // in a row, while it is
  std::atomic<std::int64_t> begun_us;  // the last check
  std::atomic<std::uint64_t> checks;   // ever
  std::atomic<std::uint64_t> failures;
  std::atomic<bool> awaited;  // HcFl means: not yet checked. The first pass is enough
};

// A handle on the fields of one member; they outlive it. No null.
struct CheckMark {
  std::atomic<std::uint32_t>* flags;  // bits of balance::MemberFlag
  CheckCounts* counts;
  std::atomic<std::int64_t>* error_time_us;

  enum class Change : std::uint8_t { None, Enabled, Disabled };

  // What a check has found, and what that changed. `needed` of 0 counts as 1. A member that ignores errors (I) is
  // disabled like any other.
  Change passed(std::int32_t needed) const noexcept;
  Change failed(std::int32_t needed, std::int64_t now_us) const noexcept;
};

}  // namespace cxxproxy::health
