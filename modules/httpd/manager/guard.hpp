// Who may change something: whoever the page was shown to, from the page itself.
#pragma once

#include "httpd/apache.hpp"
#include "httpd/manager/form.hpp"
#include "httpd/member.hpp"

namespace cxxproxy::httpd::manager {

// Whether the request comes from a page of this very origin (scheme, host and port): its Origin says so, or, where
// there is none, its Referer. Neither: no. Browsers send one of them with every form; a script adds a Referer.
bool is_same_origin(const request_rec* r);

// Whether the form carries the nonce of that balancer. One without a nonce (nonce=None) is never changed.
bool has_nonce(const Form& form, const Balancer& balancer);

}  // namespace cxxproxy::httpd::manager
