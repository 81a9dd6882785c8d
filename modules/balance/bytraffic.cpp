// lbmethod=bytraffic: the bytes that pass are shared out by weight.
//
// The idea: whoever has had the least traffic for its weight is next (the earlier of equals). Bytes to a member and
// bytes from it are each divided by its weight, in whole numbers, and the two results added up.
//
// Members a and b with weights 1 and 3 (100 and 300 hundredths) and answers of 9000 bytes to requests of 300, what they
// had, divided, after each pick:
//
//     a: 300/100 + 9000/100 =  93   b:   0     next is b
//     a:                       93   b:  31     b
//     a:                       93   b:  62     b
//     a:                       93   b:  93     a, the earlier of equals, and again: b b b a
//
// Source: httpd's mod_lbmethod_bytraffic, whose order of picks this keeps. Bytes are known once they have passed, so
// requests that come together may all go to one member; the traffic evens out over time, as it does there.

#include <optional>

#include "balance/registry.hpp"
#include "cxxproxy/policy.hpp"

namespace cxxproxy::balance {
namespace {

std::uint64_t traffic_by_weight(const MemberView& member) noexcept {
  return member.sent / member.weight + member.received / member.weight;
}

class ByTraffic final : public Policy {  // NOLINT(cppcoreguidelines-virtual-class-destructor): final, never owned
 public:
  std::optional<MemberId> pick(std::span<const MemberView> candidates, const PickInput& /*in*/) noexcept override {
    std::optional<MemberId> least;
    std::uint64_t least_traffic = 0;
    for (const MemberView& member : candidates) {
      const std::uint64_t traffic = traffic_by_weight(member);
      if (least && traffic >= least_traffic) continue;
      least = member.id;
      least_traffic = traffic;
    }
    return least;
  }

  Reset reset() const noexcept override { return {.score = false, .traffic = true}; }
  Wants wants() const noexcept override { return {.inflight = false, .traffic = true}; }
};

Policy* instance() noexcept {
  static constinit ByTraffic policy;
  return &policy;
}

constexpr PolicyRegistration registration = {"bytraffic", &instance};
CXXPROXY_POLICY(registration);

}  // namespace
}  // namespace cxxproxy::balance
