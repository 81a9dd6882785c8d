// lbmethod=byrequests: requests are shared out by weight, evenly mixed.
//
// The idea: a member's score says how urgently it should work. Each pick credits every candidate with its weight, takes
// the one with the highest score (the earlier of equals) and debits it with the sum of the weights. So nobody's score
// runs away, the sum of all stays 0, and members that come and go leave no debt with the others.
//
// Members a, b, c with weights 1, 2, 3, scores after the credit, the chosen one in brackets, and after its debit of 6:
//
//     1   2  [3]   →   1   2  -3
//     2  [4]  0    →   2  -2   0
//    [3]  0   3    →  -3   0   3
//    -2   2  [6]   →  -2   2   0
//    -1  [4]  3    →  -1  -2   3
//     0   0  [6]   →   0   0   0     and again: c b a c b c
//
// Source: httpd's mod_lbmethod_byrequests, whose order of picks this keeps; also known as smooth weighted round robin
// (nginx, 2012) and, with deadlines in place of scores, as stride scheduling (Waldspurger and Weihl, 1995).
//
// That module holds a lock; here many pick at once. Every credit is an addition and every debit takes exactly what was
// credited, so the sum holds whatever interleaves. The debit is made only on a score that is still the one chosen by:
// else two callers who see the same highest score would both take it.

#include <optional>

#include "balance/fair_share.hpp"
#include "balance/registry.hpp"
#include "cxxproxy/policy.hpp"

namespace cxxproxy::balance {
namespace {

// Each failed try means that another caller got on. After so many a slightly uneven pick is better than more waiting.
constexpr int most_tries = 8;

struct Choice {
  const MemberView* member;
  std::int64_t score;
};

Choice most_urgent(std::span<const MemberView> candidates) noexcept {
  Choice best = {&candidates.front(), candidates.front().score->load(std::memory_order_relaxed)};
  for (const MemberView& member : candidates.subspan(1)) {
    const std::int64_t score = member.score->load(std::memory_order_relaxed);
    if (score > best.score) best = {&member, score};
  }
  return best;
}

class ByRequests final : public Policy {  // NOLINT(cppcoreguidelines-virtual-class-destructor): final, never owned
 public:
  std::optional<MemberId> pick(std::span<const MemberView> candidates, const PickInput& /*in*/) noexcept override {
    if (candidates.empty()) return std::nullopt;
    const std::int64_t debt = credit_all(candidates);
    Choice best = most_urgent(candidates);
    for (int tries = 1; tries < most_tries; ++tries) {
      if (best.member->score->compare_exchange_weak(best.score, best.score - debt, std::memory_order_relaxed)) {
        return best.member->id;
      }
      best = most_urgent(candidates);
    }
    best.member->score->fetch_sub(debt, std::memory_order_relaxed);
    return best.member->id;
  }

  void charge(std::span<const MemberView> usable, MemberId chosen) noexcept override {
    charge_as_picked(usable, chosen);
  }

  Wants wants() const noexcept override { return {.inflight = false, .traffic = false}; }
};

Policy* instance() noexcept {
  static constinit ByRequests policy;
  return &policy;
}

constexpr PolicyRegistration registration = {"byrequests", &instance};
CXXPROXY_POLICY(registration);

}  // namespace
}  // namespace cxxproxy::balance
