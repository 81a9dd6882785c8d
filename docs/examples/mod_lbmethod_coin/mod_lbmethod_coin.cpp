// The door: a module for httpd that does nothing but offer the policy.
#include "coin.hpp"

#include <httpd.h>

#include <ap_provider.h>
#include <http_config.h>

namespace {

cxxproxy::Policy* instance() noexcept {
  static constinit coin::Coin policy;
  return &policy;
}

constexpr cxxproxy::PolicyRegistration registration = {"coin", &instance};

void register_hooks(apr_pool_t* pool) noexcept {
  ap_register_provider(pool, cxxproxy::policy_provider_group, registration.name, cxxproxy::policy_provider_version,
                       &registration);
}

}  // namespace

extern "C" {
__attribute__((visibility("default"))) module AP_MODULE_DECLARE_DATA lbmethod_coin_module = {
    STANDARD20_MODULE_STUFF, nullptr, nullptr, nullptr, nullptr, nullptr, register_hooks, AP_MODULE_FLAG_NONE};
}
