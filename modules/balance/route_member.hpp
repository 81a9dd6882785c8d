// From a session's route to a member: exact match, redirects, and whether the session insists.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "balance/candidates.hpp"
#include "balance/status.hpp"
#include "cxxproxy/policy.hpp"

namespace cxxproxy::balance {

struct RoutedMember {
  MemberFlags flags;
  std::string_view route;     // empty: no session is sent here by route
  std::string_view redirect;  // the route to try when this member is unusable; empty: none
};

// Longest chain of redirects followed, however many members there are.
inline constexpr std::size_t longest_redirect_chain = 255;

// The usable member that serves `route`: those that are no standby first, then standbys, each in the order of the
// configuration. An unusable one is looked at again with `revive`; if it stays so, its redirect is followed before the
// next member of that route is considered. Draining members and all sets count. An empty route is nobody's.
// No more redirects are followed than there are members less one, so a circle ends.
std::optional<MemberId> find_by_route(std::span<const RoutedMember> members, std::string_view route,
                                      Revive revive) noexcept;

// True if some member carries `route`, usable or not. With `nofailover=On` a session whose route is known but whose
// member cannot be had is refused with 503; one with an unknown route is balanced like a new one.
bool route_is_known(std::span<const RoutedMember> members, std::string_view route) noexcept;

}  // namespace cxxproxy::balance
