// Which filters may run on a reactor.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

// Whether every filter that the request's body and answer go through is known not to wait: others (mod_ratelimit
// sleeps, mod_include runs subrequests, mod_ext_filter asks another process) stay on worker threads. Once the handler
// runs.
bool may_run_on_reactor(const request_rec* r) noexcept;

// Whether nobody between the handler and the client's socket looks at the bytes of the answer's body, now that its head
// is through. On a captured connection.
bool only_passed_on(const request_rec* r) noexcept;

}  // namespace cxxproxy::httpd
