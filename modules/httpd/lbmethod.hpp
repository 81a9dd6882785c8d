// lbmethod= : policies by name, ours and those of other modules. See include/cxxproxy/policy.hpp.
#pragma once

#include "httpd/apache.hpp"

#include "cxxproxy/policy.hpp"

namespace cxxproxy::httpd {

// Makes every policy built into this module known to httpd as a provider. Call while hooks are registered.
void register_policies(apr_pool_t* pool) noexcept;

// The policy that lbmethod=`name` means, or null. Of one instance a process; lives as long as its module.
Policy* find_policy(const char* name) noexcept;

// All names there are, with commas between them, for messages.
const char* policy_names(apr_pool_t* pool);

}  // namespace cxxproxy::httpd
