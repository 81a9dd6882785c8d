// Everything of a configuration that has a place in the shared state, and the keys by which it is known again after a
// restart or a stop.
#pragma once

#include "httpd/member.hpp"

#include <string>
#include <vector>

namespace cxxproxy::httpd {

// What the configuration wants of the shared state.
struct StatePlan {
  struct ForMember {
    Member* member;
    std::string key;
    bool persists;  // its server says BalancerPersist On
  };
  struct ForBalancer {
    Balancer* balancer;
    std::string key;
    std::uint32_t growth;
    bool persists;
  };
  std::vector<ForMember> members;
  std::vector<ForBalancer> balancers;

  std::size_t slots() const noexcept;
};

// Everything on every server, once each: virtual hosts share what they inherit. `generic` is nobody's.
StatePlan plan_state(server_rec* main_server, Member& generic);

}  // namespace cxxproxy::httpd
