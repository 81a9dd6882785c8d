// lbmethod=coin: two members are drawn by lot, and the less busy of them gets the request.
//
// The idea: to ask everybody how busy they are is dear, and whoever is the least busy gets all the requests of a
// moment. Two lots are nearly as good and have neither fault (Mitzenmacher, "The Power of Two Choices in Randomized
// Load Balancing", 2001). Lots are drawn by weight.
//
// Weights 1 and 3: the first quarter of a lot's range is a's, the rest b's. With the lots 0.9 and 0.1, b and a are
// drawn; if three requests are at b and one at a, a gets it.
#pragma once

#include <cxxproxy/policy.hpp>

namespace coin {

class Coin final : public cxxproxy::Policy {
 public:
  std::optional<cxxproxy::MemberId> pick(std::span<const cxxproxy::MemberView> candidates,
                                         const cxxproxy::PickInput& in) noexcept override;

  // A session's member counts as picked, too.
  void charge(std::span<const cxxproxy::MemberView> usable, cxxproxy::MemberId chosen) noexcept override;

  // Who is busy has to be looked up for each member, so it is asked for only by those who need it.
  Wants wants() const noexcept override { return {.inflight = true, .traffic = false}; }
};

}  // namespace coin
