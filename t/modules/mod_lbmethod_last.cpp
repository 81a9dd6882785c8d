// A module of somebody else with a balancing policy: lbmethod=last takes the last candidate, always.
#include <cxxproxy/policy.hpp>

#include <httpd.h>

#include <ap_provider.h>
#include <http_config.h>

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

cxxproxy::Policy* last() noexcept {
  static constinit Last policy;
  return &policy;
}

constexpr cxxproxy::PolicyRegistration registration = {"last", &last};

void register_hooks(apr_pool_t* pool) {
  ap_register_provider(pool, cxxproxy::policy_provider_group, registration.name, cxxproxy::policy_provider_version,
                       &registration);
}

}  // namespace

extern "C" {
module AP_MODULE_DECLARE_DATA lbmethod_last_module = {
    STANDARD20_MODULE_STUFF, nullptr, nullptr, nullptr, nullptr, nullptr, register_hooks, AP_MODULE_FLAG_NONE};
}
