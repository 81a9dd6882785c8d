// Bookkeeping shared by the policies that keep a balance over time: each pick credits every candidate with its weight
// and debits the chosen one with the sum, so the credits of a balancer always add up to what they were before. Any
// thread, any process, at once: the scores are changed by atomic additions only, and the sum is kept whatever
// interleaves. (A process killed between its additions leaves the sum off by at most one pick.)
#pragma once

#include <cstdint>
#include <span>

#include "cxxproxy/policy.hpp"

namespace cxxproxy::balance {

// Gives every candidate its weight; returns the sum given, for the chosen one to pay back.
std::int64_t credit_all(std::span<const MemberView> candidates) noexcept;

// Counts `chosen`, one of `usable`, as if it had been picked among them. Does nothing if it is not one of them.
void charge_as_picked(std::span<const MemberView> usable, MemberId chosen) noexcept;

}  // namespace cxxproxy::balance
