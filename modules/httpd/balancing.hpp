// Choosing a member of a balancer for a request: the session's if it has one, else the policy's. The decisions are
// balance/'s; here they meet the configuration and the shared state. Any thread; no lock.
#pragma once

#include "httpd/member.hpp"
#include "httpd/shared_state.hpp"

#include "balance/failover.hpp"

#include <span>
#include <string_view>

namespace cxxproxy::httpd {

struct Choice {
  Member* member = nullptr;  // null: nobody, `reason` says why
  BusyMark busy;             // the request at that member
  balance::Reason reason = balance::Reason::NoMember;
  const char* sticky_name = nullptr;  // the cookie or parameter that named a route, in the request's pool
  const char* route = nullptr;        // the route that the request asked for
  const char* member_route = "";      // the member's
  bool route_changed = false;         // there are sessions, and the request asked for another route or for none
};

// `url` is the request's path with its query, where a session may be named. Revives members whose rest is over. Those
// that the request has failed at, `tried`, come in question when nobody else does.
Choice choose_member(const Balancer& balancer, request_rec* r, std::string_view url,
                     std::span<const Member* const> tried);

// Whether a member may be used now; one whose rest is over is revived by the question.
bool usable_now(Member& member);

}  // namespace cxxproxy::httpd
