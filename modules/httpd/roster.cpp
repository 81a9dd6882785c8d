#include "httpd/roster.hpp"

#include "httpd/shared_state.hpp"

namespace cxxproxy::httpd {

Roster::Roster(const Balancer& balancer) {
  for (const Member* member : balancer.members) {
    const MemberSettings& settings = member->settings;
    states.push_back({.flags = {}, .lbset = static_cast<std::uint8_t>(settings.lbset)});
    one_set = one_set && states.back().lbset == states.front().lbset;
    routes.push_back({.flags = {}, .route = settings.route, .redirect = settings.redirect});
    if (*settings.route) first_of_route.try_emplace(settings.route, member->index);
    views.push_back({.id = member->index,
                     .weight = settings.load_factor,
                     .inflight = 0,
                     .sent = 0,
                     .received = 0,
                     .score = &shared_state()->score(*member->state)});
  }
}

}  // namespace cxxproxy::httpd
