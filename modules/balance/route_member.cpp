#include "balance/route_member.hpp"

#include <algorithm>

namespace cxxproxy::balance {
namespace {

class RouteSearch {
 public:
  RouteSearch(std::span<const RoutedMember> members, Revive revive) noexcept
      : members_(members), revive_(revive), redirects_left_(std::min(members.size(), longest_redirect_chain + 1)) {
    if (redirects_left_ > 0) --redirects_left_;
  }

  std::optional<MemberId> find(std::string_view route) noexcept {
    const std::optional<MemberId> found = find_among(route, false);
    return found ? found : find_among(route, true);
  }

 private:
  std::optional<MemberId> find_among(std::string_view route, bool standbys) noexcept {
    for (std::size_t at = 0; at < members_.size(); ++at) {
      const RoutedMember& member = members_[at];
      if (member.route != route || member.flags.has(MemberFlag::Standby) != standbys) continue;
      const auto id = static_cast<MemberId>(at);
      if (usable(member.flags) || usable(revive_(id))) return id;
      if (const std::optional<MemberId> found = follow(member.redirect)) return found;
    }
    return std::nullopt;
  }

  std::optional<MemberId> follow(std::string_view redirect) noexcept {
    if (redirect.empty() || redirects_left_ == 0) return std::nullopt;
    --redirects_left_;
    return find(redirect);
  }

  std::span<const RoutedMember> members_;
  Revive revive_;
  std::size_t redirects_left_;  // for the whole search: members that share a route must not multiply it
};

}  // namespace

std::optional<MemberId> find_by_route(std::span<const RoutedMember> members, std::string_view route,
                                      Revive revive) noexcept {
  if (route.empty()) return std::nullopt;
  return RouteSearch(members, revive).find(route);
}

bool route_is_known(std::span<const RoutedMember> members, std::string_view route) noexcept {
  return !route.empty() && std::ranges::find(members, route, &RoutedMember::route) != members.end();
}

}  // namespace cxxproxy::balance
