// A balancer as it is now: its members and settings, with what the balancer-manager has changed, in the forms that
// balance/ works on.
#pragma once

#include "httpd/live_settings.hpp"
#include "httpd/member.hpp"

#include "balance/candidates.hpp"
#include "balance/route_member.hpp"

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace cxxproxy::httpd {

// A copy of the shared records of one version, by MemberId; flags and counts are left empty, for each choice to fill
// in. Immutable.
struct Roster {
  // Under the lock of the shared state.
  explicit Roster(Balancer& balancer);
  Roster(const Roster&) = delete;
  Roster& operator=(const Roster&) = delete;

  LiveBalancer settings;
  Policy* policy;
  Policy::Wants wants;           // the policy's
  std::vector<Member*> members;  // those of the configuration, then those added at run time; they live on
  std::vector<LiveMember> live;
  std::vector<balance::MemberState> states;
  std::vector<balance::RoutedMember> routes;                      // of texts in `live`
  std::unordered_map<std::string_view, MemberId> first_of_route;  // of those that carry a route
  std::vector<MemberView> views;
  bool any_http2 = false;  // a member's backend speaks HTTP/2
  bool one_set = true;     // all members are of one set

 private:
  void add(Member& member, const LiveMember& settings_now);
};

// The balancer's roster, the same until its records change. Valid on this thread until it asks again for this balancer.
// No lock is waited for but that of other threads of this process which make the same copy: while another process is
// changing the records, the roster before holds.
const Roster& roster_of(const Balancer& balancer);

// In post_config, once the members have their shared state: makes the first rosters.
void make_rosters(apr_pool_t* pool, server_rec* main_server);

// Calls back for every member of every server, added ones included, once or more often. Any thread.
void for_each_member(server_rec* main_server, void (*what)(Member& member));

}  // namespace cxxproxy::httpd
