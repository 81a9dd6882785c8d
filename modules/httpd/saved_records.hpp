// Records of the shared state as lines of a saved one, and back.
#pragma once

#include "httpd/apache.hpp"
#include "httpd/shared_state.hpp"

#include "balance/saved_state.hpp"

#include <vector>

namespace cxxproxy::httpd {

// Under the lock of the shared state.
balance::SavedLine line_of(const SharedState& shared, std::size_t slot);
balance::SavedLine line_of(const BalancerState& state);

// A segment with what the lines say, its slots in their order: the members that a balancer had been given at run time
// follow it. What no configuration could mean is brought into range. In `pool`; null when there is no memory.
void* segment_of_lines(apr_pool_t* pool, const std::vector<balance::SavedLine>& lines);

}  // namespace cxxproxy::httpd
