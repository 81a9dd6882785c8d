// Changing members and balancers while the server runs. All children follow with their next request.
#pragma once

#include "httpd/apache.hpp"
#include "httpd/manager/form.hpp"
#include "httpd/member.hpp"

namespace cxxproxy::httpd::manager {

// What of the form concerns the balancer, and the member if one is selected; a value that is out of range leaves what
// it would have changed as it is. Every change is logged, with who made it. OK; HTTP_BAD_REQUEST: the member could not
// be added; HTTP_SERVICE_UNAVAILABLE: nothing was changed, for a process that was changing something was stopped.
int apply_changes(request_rec* r, const Form& form, Balancer& balancer, Member* member);

}  // namespace cxxproxy::httpd::manager
