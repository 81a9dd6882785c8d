// Who drives an exchange: the thread at hand to its end, or a reactor as soon as there is something to wait for.
#pragma once

#include "httpd/proxied_request.hpp"

namespace cxxproxy::httpd {

// From the handler. A status for httpd, when the exchange is over; SUSPENDED, when a reactor has the request and the
// connection now, and this thread may not touch either any more.
int drive(ProxiedRequest& request);

// The handler begins: whatever ran before it is judged. True, on a reactor and with filters in the request that may
// wait: nothing may be done with it here, it goes to a worker, whose handler starts again.
bool begins_elsewhere(const request_rec* r);

}  // namespace cxxproxy::httpd
