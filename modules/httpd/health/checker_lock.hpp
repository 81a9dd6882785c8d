// Which process checks members: the one that holds this lock. The kernel takes it from whoever dies, however that
// happens, so at any time one process has it at most, over all generations of children.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

// In the parent, in post_config: makes it, or finds the one of the generation before. APR_SUCCESS, or why there is
// none.
apr_status_t make_checker_lock(server_rec* main_server) noexcept;

// Whether this process has it now; without waiting. It belongs to the process, not to the thread.
bool take_checker_lock() noexcept;
void let_checker_lock_go() noexcept;

}  // namespace cxxproxy::httpd
