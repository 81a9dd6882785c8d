// Requests with a plain head, read without the core's line reader.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

// process_connection, right before the core's own: if the captive on this reactor has found a plain head, makes the
// request of it that the core would make, through the core's own functions, and has it processed. Declines otherwise,
// with nothing taken: then the core reads the same bytes through the filters.
int read_plain_request(conn_rec* c) noexcept;

}  // namespace cxxproxy::httpd
