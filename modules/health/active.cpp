#include "health/active.hpp"

namespace cxxproxy::health {
namespace {

using balance::MemberFlag;
using balance::MemberFlags;

constexpr MemberFlags unwell = MemberFlag::HealthFailed | MemberFlag::Error;

bool has_any(const std::atomic<std::uint32_t>& flags, MemberFlags of) noexcept {
  return MemberFlags(flags.load(std::memory_order_acquire)).has_any(of);
}

}  // namespace

CheckMark::Change CheckMark::passed(std::int32_t needed) const noexcept {
  counts->checks.fetch_add(1, std::memory_order_relaxed);
  counts->fails.store(0, std::memory_order_relaxed);
  const bool awaited = counts->awaited.exchange(false, std::memory_order_relaxed);
  if (!has_any(*flags, unwell)) {
    counts->passes.store(0, std::memory_order_relaxed);
    return Change::None;
  }
  const std::int32_t passes = counts->passes.load(std::memory_order_relaxed) + 1;
  if (passes < needed && !awaited) {
    counts->passes.store(passes, std::memory_order_relaxed);
    return Change::None;
  }
  counts->passes.store(0, std::memory_order_relaxed);
  const std::uint32_t before = flags->fetch_and(~unwell.bits(), std::memory_order_acq_rel);
  return MemberFlags(before).has_any(unwell) ? Change::Enabled : Change::None;
}

CheckMark::Change CheckMark::failed(std::int32_t needed, std::int64_t now_us) const noexcept {
  counts->checks.fetch_add(1, std::memory_order_relaxed);
  counts->failures.fetch_add(1, std::memory_order_relaxed);
  counts->passes.store(0, std::memory_order_relaxed);
  if (has_any(*flags, MemberFlag::HealthFailed)) return Change::None;
  // How long a member in error rests is for requests to say.
  if (!has_any(*flags, MemberFlag::Error)) error_time_us->store(now_us, std::memory_order_relaxed);
  const std::int32_t fails = counts->fails.load(std::memory_order_relaxed) + 1;
  if (fails < needed) {
    counts->fails.store(fails, std::memory_order_relaxed);
    return Change::None;
  }
  counts->fails.store(0, std::memory_order_relaxed);
  const std::uint32_t failed_bit = MemberFlags(MemberFlag::HealthFailed).bits();
  const std::uint32_t before = flags->fetch_or(failed_bit, std::memory_order_acq_rel);
  return (before & failed_bit) == 0 ? Change::Disabled : Change::None;
}

}  // namespace cxxproxy::health
