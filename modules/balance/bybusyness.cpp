// lbmethod=bybusyness: whoever has the fewest requests in flight is next.
//
// The idea: the least busy candidate gets the request. Among equally busy ones the share by weight decides, kept as
// byrequests keeps it: each pick credits every candidate with its weight, and the chosen one pays back the sum; the
// highest credit wins, the earlier of equals. So an idle balancer works by weight, and a busy one by need.
//
// Members a, b with weights 1, 2 and requests that do not end, "requests/credit before the pick":
//
//     0/0    0/0      b, whose credit would be 2 against 1
//     0/1    1/-1     a, the less busy one
//     1/-1   1/1      b
//     1/0    2/0      a                  and so on: 2 and 2, 2 and 3, 3 and 3
//
// Source: httpd's mod_lbmethod_bybusyness, whose order of picks this keeps; least connections, elsewhere.
//
// Many pick at once, and no lock is held. Two callers may see the same least busy member. So each counts its request at
// the member that it picked and then looks again; where more are than it had seen, it takes its own away and picks anew
// (Policy::Wants::exact). Of callers that come at once none misses the others, so no two of them stand on what only one
// had room for. Why nobody gets ahead: take the requests that come, without those that end. A member picked at the
// count n has at most n + 1 then, and all others had n or more when they were looked at. Some of those may have been
// requests that were taken away again; but each of them is picked anew, for whoever is least busy then, so where a
// count was seen too high the next pick fills it up. Requests that end can only lower a count, and the next picks fill
// that up, too. A child that is killed in the middle of it leaves nothing behind but its own counts, which are cleared.

#include <optional>

#include "balance/fair_share.hpp"
#include "balance/registry.hpp"
#include "cxxproxy/policy.hpp"

namespace cxxproxy::balance {
namespace {

struct Standing {
  const MemberView* member;
  std::int64_t credit;

  explicit Standing(const MemberView& view) noexcept
      : member(&view), credit(view.score->load(std::memory_order_relaxed) + view.weight) {}

  bool goes_before(const Standing& other) const noexcept {
    if (member->inflight != other.member->inflight) return member->inflight < other.member->inflight;
    return credit > other.credit;
  }
};

class ByBusyness final : public Policy {  // NOLINT(cppcoreguidelines-virtual-class-destructor): final, never owned
 public:
  std::optional<MemberId> pick(std::span<const MemberView> candidates, const PickInput& /*in*/) noexcept override {
    if (candidates.empty()) return std::nullopt;
    Standing best(candidates.front());
    for (const MemberView& member : candidates.subspan(1)) {
      const Standing standing(member);
      if (standing.goes_before(best)) best = standing;
    }
    return best.member->id;
  }

  void charge(std::span<const MemberView> usable, MemberId chosen) noexcept override {
    charge_as_picked(usable, chosen);
  }

  Wants wants() const noexcept override { return {.inflight = true, .traffic = false, .exact = true}; }
};

Policy* instance() noexcept {
  static constinit ByBusyness policy;
  return &policy;
}

constexpr PolicyRegistration registration = {"bybusyness", &instance};
CXXPROXY_POLICY(registration);

}  // namespace
}  // namespace cxxproxy::balance
