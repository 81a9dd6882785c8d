#include "balance/registry.hpp"

#include "catch.hpp"

#include <algorithm>
#include <string_view>
#include <type_traits>

using namespace cxxproxy;

namespace {

class First final : public Policy {  // NOLINT(cppcoreguidelines-virtual-class-destructor): final, never owned
 public:
  std::optional<MemberId> pick(std::span<const MemberView> candidates, const PickInput& /*in*/) noexcept override {
    return candidates.empty() ? std::nullopt : std::optional(candidates.front().id);
  }
};
static_assert(std::is_trivially_destructible_v<First>, "else a static policy would need a destructor at unload");

Policy* first() noexcept {
  static constinit First policy;
  return &policy;
}
constexpr PolicyRegistration registration = {"test-first", &first};
CXXPROXY_POLICY(registration);

}  // namespace

TEST_CASE("a policy is registered by one line in its own source", "[balance]") {
  const PolicyRegistration* found = balance::find_builtin_policy("test-first");
  REQUIRE(found == &registration);
  CHECK(found->instance() == first());
}

TEST_CASE("every policy in the link is listed once, with a name that fits", "[balance]") {
  const auto policies = balance::builtin_policies();
  CHECK(std::ranges::count(policies, &registration) == 1);
  for (const PolicyRegistration* policy : policies) {
    REQUIRE(policy != nullptr);
    const std::string_view name = policy->name;
    CHECK_FALSE(name.empty());
    CHECK(name.size() <= 15);
    CHECK(policy->instance() != nullptr);
    CHECK(policy->instance() == policy->instance());
    CHECK(balance::find_builtin_policy(name) == policy);
  }
}

TEST_CASE("an unknown policy is not found, nor one in other letters", "[balance]") {
  CHECK(balance::find_builtin_policy("nosuch") == nullptr);
  CHECK(balance::find_builtin_policy("") == nullptr);
  CHECK(balance::find_builtin_policy("ByRequests") == nullptr);
  CHECK(balance::find_builtin_policy("byrequest") == nullptr);
}

TEST_CASE("a policy that says nothing of sessions or resets keeps no account and forgets its score", "[balance]") {
  std::atomic<std::int64_t> score{5};
  const MemberView member = {0, 100, 0, 0, 0, &score};
  first()->charge({&member, 1}, 0);
  CHECK(score == 5);
  CHECK(first()->reset().score);
  CHECK_FALSE(first()->reset().traffic);
}
