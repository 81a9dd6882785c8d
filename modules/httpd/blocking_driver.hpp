// Drives one exchange to its end on the thread that serves its request: the way on every MPM, for HTTP/2 front ends and
// for subrequests.
#pragma once

#include "httpd/request_client.hpp"

#include "exchange/exchange.hpp"

namespace cxxproxy::httpd {

// BLOCKS until the exchange is over; each wait has its deadline.
void drive_blocking(exchange::Exchange& exchange, RequestClient& client);

}  // namespace cxxproxy::httpd
