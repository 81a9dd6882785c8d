#include "health/passive.hpp"

namespace cxxproxy::health {

using balance::MemberFlag;
using balance::MemberFlags;

namespace {

constexpr std::uint32_t error_bit = MemberFlags(MemberFlag::Error).bits();

}  // namespace

MemberFlags ErrorMark::now() const noexcept { return MemberFlags(flags->load(std::memory_order_acquire)); }

bool ErrorMark::mark_error(std::int64_t now_us) const noexcept {
  if (now().has(MemberFlag::IgnoreErrors)) return false;
  error_time_us->store(now_us, std::memory_order_relaxed);
  // Release: who sees the flag sees the time, and does not take an old one for a rest that is over.
  return (flags->fetch_or(error_bit, std::memory_order_acq_rel) & error_bit) == 0;
}

ErrorMark::Revival ErrorMark::try_revive(std::int64_t now_us) const noexcept {
  std::uint32_t seen = flags->load(std::memory_order_acquire);
  do {
    const MemberFlags state(seen);
    if (!state.has(MemberFlag::Error)) return Revival::NotInError;
    if (state.has(MemberFlag::Stopped)) return Revival::Stopped;
    const bool rested = now_us - error_time_us->load(std::memory_order_relaxed) > retry_us;
    if (!rested && !state.has(MemberFlag::IgnoreErrors)) return Revival::TooSoon;
  } while (
      !flags->compare_exchange_weak(seen, seen & ~error_bit, std::memory_order_acq_rel, std::memory_order_acquire));
  retries->fetch_add(1, std::memory_order_relaxed);
  return Revival::Revived;
}

void ErrorMark::connected() const noexcept {
  if (now().has(MemberFlag::Error)) return;
  // Looking first keeps a healthy member's line shared by all processors: this runs for every new connection.
  if (retries->load(std::memory_order_relaxed) != 0) retries->store(0, std::memory_order_relaxed);
  std::int64_t marked = error_time_us->load(std::memory_order_relaxed);
  // Not a plain store: a mark that came since then keeps its time.
  if (marked != 0) error_time_us->compare_exchange_strong(marked, 0, std::memory_order_relaxed);
}

bool force_recovery(std::size_t count, balance::FunctionRef<ErrorMark(MemberId)> member, std::int64_t now_us) noexcept {
  for (std::size_t at = 0; at < count; ++at) {
    const ErrorMark mark = member(static_cast<MemberId>(at));
    mark.try_revive(now_us);
    if (!mark.now().has(MemberFlag::Error)) return false;
  }
  for (std::size_t at = 0; at < count; ++at) {
    const ErrorMark mark = member(static_cast<MemberId>(at));
    const std::uint32_t before = mark.flags->fetch_and(~error_bit, std::memory_order_acq_rel);
    if ((before & error_bit) != 0) mark.retries->fetch_add(1, std::memory_order_relaxed);
  }
  return count > 0;
}

}  // namespace cxxproxy::health
