// The policies that come with mod_cxxproxy. A policy's source registers itself with one line, and no list elsewhere
// changes:
//
//   constexpr PolicyRegistration registration = {"byrequests", &instance};
//   CXXPROXY_POLICY(registration);
//
// The line places a pointer in the linker section `cxxproxy_policies`; the linker gathers those of all object files and
// names both ends. Nothing runs at load time, and the pointers are constants.
//
// To be found, a policy's object file must be in the link. A static library gives out only the objects that somebody
// asks for by name, and nobody asks for these: link the objects themselves (a CMake OBJECT library), or the archive
// between -Wl,--whole-archive and -Wl,--no-whole-archive. With lld add -Wl,-z,nostart-stop-gc if sections are
// collected.
#pragma once

#include <span>
#include <string_view>

#include "cxxproxy/policy.hpp"

// `registration` is a PolicyRegistration with static storage and constant initialisation. Once per source file, at
// namespace scope.
#define CXXPROXY_POLICY(registration) \
  static const ::cxxproxy::PolicyRegistration* const cxxproxy_policy_entry CXXPROXY_POLICY_SECTION = &(registration)
#define CXXPROXY_POLICY_SECTION __attribute__((section("cxxproxy_policies"), used))

namespace cxxproxy::balance {

// All that were linked in, in no promised order. Any thread; valid while the module is loaded.
std::span<const PolicyRegistration* const> builtin_policies() noexcept;

// The one with that exact name, or null.
const PolicyRegistration* find_builtin_policy(std::string_view name) noexcept;

}  // namespace cxxproxy::balance
