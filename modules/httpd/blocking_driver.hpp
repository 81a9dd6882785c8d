// Drives one exchange on the thread that serves its request: to its end, the way on every MPM, for HTTP/2 front ends
// and for subrequests; or for a moment, before the exchange goes to a reactor.
#pragma once

#include "httpd/proxied_request.hpp"

#include "exchange/exchange.hpp"

namespace cxxproxy::httpd {

// BLOCKS until the exchange is over; each wait has its deadline.
void drive_blocking(ProxiedRequest& request);

// BLOCKS, but waits no longer than `patience` in all, and neither for a name server, a pool's slot nor a client that
// does not read. What comes back is Done, or what the exchange waits for.
exchange::Step drive_briefly(exchange::Exchange& exchange, RequestClient& client, engine::Duration patience);

}  // namespace cxxproxy::httpd
