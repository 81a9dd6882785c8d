#include "balance/registry.hpp"

// The linker defines these two where a section's name is a C identifier. Hidden: another module in the process may have
// a section of the same name. Weak: a link without any policy is no error, but an empty list.
// NOLINTBEGIN(readability-identifier-naming): the linker's names
extern "C" {
extern const cxxproxy::PolicyRegistration* const __start_cxxproxy_policies[]
    __attribute__((weak, visibility("hidden")));
extern const cxxproxy::PolicyRegistration* const __stop_cxxproxy_policies[] __attribute__((weak, visibility("hidden")));
}
// NOLINTEND(readability-identifier-naming)

namespace cxxproxy::balance {

std::span<const PolicyRegistration* const> builtin_policies() noexcept {
  return {__start_cxxproxy_policies, __stop_cxxproxy_policies};
}

const PolicyRegistration* find_builtin_policy(std::string_view name) noexcept {
  for (const PolicyRegistration* policy : builtin_policies()) {
    if (name == policy->name) return policy;
  }
  return nullptr;
}

}  // namespace cxxproxy::balance
