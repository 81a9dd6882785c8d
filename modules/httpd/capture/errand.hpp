// Work that could make a reactor wait, done by one of the MPM's worker threads.
#pragma once

#include "httpd/apache.hpp"

#include <cstdint>
#include <functional>

namespace cxxproxy::httpd {

// Runs `work` on a worker thread of the MPM, as soon as one is free. Any thread; never while the core still has a
// connection in its hands that `work` touches.
void run_on_worker(std::function<void()> work);

// What a worker has to do for a request of a captured connection.
enum class Errand : std::uint8_t {
  Everything,  // all phases of a request that was read
  Invoke,      // the content handler, behind phases that went well
  Handle,      // the content handler again, on a thread that may wait
  Finish,      // a status that an error page of its own is configured for
};

// Ends a request that is nobody's error page with what its phases or handler said, as the core would.
void die(request_rec* r, int status);

// Does it, on the thread at hand, as the core would. SUSPENDED: the request goes on elsewhere; else it is over, and
// with it `r`. `handler` is r->handler as it was when the handler ran first; `status` is for Finish.
int do_errand(request_rec* r, Errand errand, const char* handler, int status);

}  // namespace cxxproxy::httpd
