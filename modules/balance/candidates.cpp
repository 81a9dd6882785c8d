#include "balance/candidates.hpp"

#include <algorithm>
#include <bit>

namespace cxxproxy::balance {

CandidateWalk::CandidateWalk(std::span<const MemberState> members, Revive revive) noexcept
    : members_(members), revive_(revive) {
  for (const MemberState& member : members) {
    sets_[member.lbset / 64 % sets_.size()] |= std::uint64_t{1} << member.lbset % 64;
  }
}

std::span<const MemberId> CandidateWalk::next(std::span<MemberId> room) noexcept {
  for (std::size_t word = 0; word < sets_.size(); ++word) {
    while (sets_[word] != 0) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(sets_[word]));
      sets_[word] &= sets_[word] - 1;
      const std::span<const MemberId> found = candidates_of(word * 64 + bit, room);
      if (!found.empty()) return found;
    }
  }
  return {};
}

// Members fill `room` from the front. Substitutes wait at its back until it is known how many are missing: all together
// are no more than the members, so the two ends do not meet.
CandidateWalk::Muster CandidateWalk::muster(std::size_t set, std::span<MemberId> room) noexcept {
  std::size_t chosen = 0;
  std::size_t missing = 0;
  auto waiting = room.end();
  for (std::size_t at = 0; at < members_.size(); ++at) {
    if (members_[at].lbset != set) continue;
    const auto id = static_cast<MemberId>(at);
    const MemberFlags flags = members_[at].flags;
    const bool substitute = flags.has_any(MemberFlag::Spare | MemberFlag::Standby);
    const bool fit = !flags.has(MemberFlag::Drain) && (usable(flags) || usable(revive_(id)));
    if (fit && substitute) {
      *--waiting = id;
    } else if (fit) {
      room[chosen++] = id;
    } else if (!substitute) {
      ++missing;
    }
  }
  // In the order of the configuration again, so that what is taken lands in front of what is still to come.
  std::reverse(waiting, room.end());
  return {chosen, missing, {waiting, room.end()}};
}

std::span<const MemberId> CandidateWalk::candidates_of(std::size_t set, std::span<MemberId> room) noexcept {
  auto [chosen, missing, waiting] = muster(set, room);
  const auto is_spare = [this](MemberId id) { return members_[id].flags.has(MemberFlag::Spare); };
  for (const MemberId id : waiting) {
    if (missing == 0) break;
    if (!is_spare(id)) continue;
    room[chosen++] = id;
    --missing;
  }
  if (chosen == 0) {
    const auto end = std::remove_copy_if(waiting.begin(), waiting.end(), room.begin(), is_spare);
    chosen = static_cast<std::size_t>(end - room.begin());
  }
  return room.first(chosen);
}

}  // namespace cxxproxy::balance
