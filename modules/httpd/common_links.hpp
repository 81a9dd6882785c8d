// HTTP/2 connections of a child's threads that drive exchanges by waiting.
#pragma once

#include "exchange/common_links.hpp"

namespace cxxproxy::httpd {

// The child's; any thread. Made when it is first asked for, and never deleted: prefork ends its children from a signal
// handler, where no lock may be taken. Throws std::system_error, std::bad_alloc.
exchange::CommonLinks& common_links();

}  // namespace cxxproxy::httpd
