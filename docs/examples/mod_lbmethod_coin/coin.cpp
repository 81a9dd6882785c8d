#include "coin.hpp"

#include <algorithm>
#include <numeric>

namespace coin {
namespace {

using cxxproxy::MemberView;

// The one whose part of the whole weight `lot` falls into: 0 is the very beginning, 2^32 would be the end.
const MemberView& drawn(std::span<const MemberView> candidates, std::uint32_t lot) noexcept {
  const std::uint64_t whole =
      std::accumulate(candidates.begin(), candidates.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const MemberView& member) { return sum + member.weight; });
  std::uint64_t at = lot * whole >> 32U;
  for (const MemberView& member : candidates) {
    if (at < member.weight) return member;
    at -= member.weight;
  }
  return candidates.back();
}

}  // namespace

std::optional<cxxproxy::MemberId> Coin::pick(std::span<const MemberView> candidates,
                                             const cxxproxy::PickInput& in) noexcept {
  if (candidates.empty()) return std::nullopt;
  const MemberView& one = drawn(candidates, static_cast<std::uint32_t>(in.dice));
  const MemberView& other = drawn(candidates, static_cast<std::uint32_t>(in.dice >> 32U));
  const MemberView& chosen = other.inflight < one.inflight ? other : one;
  chosen.score->fetch_add(1, std::memory_order_relaxed);
  return chosen.id;
}

void Coin::charge(std::span<const MemberView> usable, cxxproxy::MemberId chosen) noexcept {
  const auto found = std::ranges::find(usable, chosen, &MemberView::id);
  if (found != usable.end()) found->score->fetch_add(1, std::memory_order_relaxed);
}

}  // namespace coin
