// A balancer's members in the forms that balance/ works on.
#pragma once

#include "httpd/member.hpp"

#include "balance/candidates.hpp"
#include "balance/route_member.hpp"

#include <unordered_map>
#include <vector>

namespace cxxproxy::httpd {

// What of them never changes, by MemberId; flags and counts are left empty, for each choice to fill in. Made in
// post_config, once the members have their shared state; immutable afterwards.
struct Roster {
  explicit Roster(const Balancer& balancer);

  std::vector<balance::MemberState> states;
  std::vector<balance::RoutedMember> routes;
  std::unordered_map<std::string_view, MemberId> first_of_route;  // of those that carry a route
  std::vector<MemberView> views;
  bool one_set = true;  // all members are of one set
};

}  // namespace cxxproxy::httpd
