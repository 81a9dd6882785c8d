// Who may be picked: the members' flags and sets in, the ids of the candidates out, the same for every policy.
//
// Set 0 first, then 1, and so on; within a set:
//   1. usable members that are neither spare nor standby nor draining;
//   2. one usable spare for each member of the set that is unusable or draining, in the order of the configuration;
//   3. if that is still nobody, all usable standbys of the set, before the next set is looked at.
// A member that is both spare and standby is a spare. A draining spare or standby is nobody's candidate. A member that
// is not usable is looked at again first: its time of rest may be over.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "balance/function_ref.hpp"
#include "balance/status.hpp"
#include "cxxproxy/policy.hpp"

namespace cxxproxy::balance {

inline constexpr std::size_t max_sets = 100;  // lbset= 0…99

// A candidate of its set as it is, whatever the others are: 1. of the above.
constexpr bool in_front(MemberFlags flags) {
  return usable(flags) && !flags.has_any(MemberFlag::Spare | MemberFlag::Standby | MemberFlag::Drain);
}

struct MemberState {
  MemberFlags flags;
  std::uint8_t lbset = 0;  // below max_sets
};

// Looks at an unusable member again, revives it if its retry time is over, and returns its flags as they are now.
// (health::ErrorMark::try_revive does it.)
using Revive = FunctionRef<MemberFlags(MemberId)>;

// Walks the sets that have members, lowest first. The span and what `revive` refers to must outlive the walk.
// One pass over the members at the start and one for each set asked for; no allocation.
class CandidateWalk {
 public:
  CandidateWalk(std::span<const MemberState> members, Revive revive) noexcept;

  // Fills `room` (at least as long as `members`) with the candidates of the next set that has any, and returns the
  // part filled: members before spares, each in the order of the configuration. Empty when no set is left.
  std::span<const MemberId> next(std::span<MemberId> room) noexcept;

 private:
  struct Muster {
    std::size_t chosen;           // members at the front of the room
    std::size_t missing;          // members that a spare may stand in for
    std::span<MemberId> waiting;  // usable spares and standbys, in the order of the configuration
  };
  Muster muster(std::size_t set, std::span<MemberId> room) noexcept;
  std::span<const MemberId> candidates_of(std::size_t set, std::span<MemberId> room) noexcept;

  std::span<const MemberState> members_;
  Revive revive_;
  std::array<std::uint64_t, 2> sets_{};  // a bit for each set with members, cleared once walked
};

}  // namespace cxxproxy::balance
