// A module of somebody else with balancing policies: lbmethod=last takes the last candidate, always; lbmethod=highest
// the member whose host is the last by alphabet, whatever its set.
#include <cxxproxy/policy.hpp>

#include <httpd.h>

#include <ap_provider.h>
#include <http_config.h>

#include <algorithm>
#include <string_view>

namespace {

class Last final : public cxxproxy::Policy {
 public:
  std::optional<cxxproxy::MemberId> pick(std::span<const cxxproxy::MemberView> candidates,
                                         const cxxproxy::PickInput&) noexcept override {
    if (candidates.empty()) return std::nullopt;
    candidates.back().score->fetch_add(1);
    return candidates.back().id;
  }
};

class Highest final : public cxxproxy::Policy {
 public:
  std::optional<cxxproxy::MemberId> pick(std::span<const cxxproxy::MemberView> candidates,
                                         const cxxproxy::PickInput&) noexcept override {
    if (candidates.empty()) return std::nullopt;
    return std::ranges::max_element(candidates, {}, [](const auto& member) { return std::string_view(member.host); })
        ->id;
  }
  Wants wants() const noexcept override { return {.inflight = false, .traffic = false, .everyone = true}; }
};

cxxproxy::Policy* highest() noexcept {
  static constinit Highest policy;
  return &policy;
}

cxxproxy::Policy* last() noexcept {
  static constinit Last policy;
  return &policy;
}

constexpr cxxproxy::PolicyRegistration registrations[] = {{"last", &last}, {"highest", &highest}};

void register_hooks(apr_pool_t* pool) {
  for (const cxxproxy::PolicyRegistration& registration : registrations) {
    ap_register_provider(pool, cxxproxy::policy_provider_group, registration.name, cxxproxy::policy_provider_version,
                         &registration);
  }
}

}  // namespace

extern "C" {
module AP_MODULE_DECLARE_DATA lbmethod_last_module = {
    STANDARD20_MODULE_STUFF, nullptr, nullptr, nullptr, nullptr, nullptr, register_hooks, AP_MODULE_FLAG_NONE};
}
