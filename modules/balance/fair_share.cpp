#include "balance/fair_share.hpp"

#include <algorithm>

namespace cxxproxy::balance {

std::int64_t credit_all(std::span<const MemberView> candidates) noexcept {
  std::int64_t sum = 0;
  for (const MemberView& member : candidates) {
    member.score->fetch_add(member.weight, std::memory_order_relaxed);
    sum += member.weight;
  }
  return sum;
}

void charge_as_picked(std::span<const MemberView> usable, MemberId chosen) noexcept {
  const auto member = std::ranges::find(usable, chosen, &MemberView::id);
  if (member == usable.end()) return;
  member->score->fetch_sub(credit_all(usable), std::memory_order_relaxed);
}

}  // namespace cxxproxy::balance
