#include "httpd/lbmethod.hpp"

#include "balance/registry.hpp"

namespace cxxproxy::httpd {

void register_policies(apr_pool_t* pool) noexcept {
  for (const PolicyRegistration* policy : balance::builtin_policies()) {
    ap_register_provider(pool, policy_provider_group, policy->name, policy_provider_version, policy);
  }
}

Policy* find_policy(const char* name) noexcept {
  const auto* found =
      static_cast<const PolicyRegistration*>(ap_lookup_provider(policy_provider_group, name, policy_provider_version));
  return found ? found->instance() : nullptr;
}

const char* policy_names(apr_pool_t* pool) {
  const char* names = "";
  const apr_array_header_t* found = ap_list_provider_names(pool, policy_provider_group, policy_provider_version);
  for (int i = 0; i < found->nelts; ++i) {
    const char* name = APR_ARRAY_IDX(found, i, ap_list_provider_names_t).provider_name;
    names = *names ? apr_pstrcat(pool, names, ", ", name, nullptr) : name;
  }
  return names;
}

}  // namespace cxxproxy::httpd
