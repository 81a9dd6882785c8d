// What there is to know of the MPM that runs.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

// 1 means that a child serves one connection at a time.
int threads_per_child() noexcept;

// This process has been told to end, and may have requests to end before.
bool process_ends() noexcept;

}  // namespace cxxproxy::httpd
