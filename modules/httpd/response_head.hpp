// A backend's head made this request's: r->status, r->headers_out and what goes with them.
#pragma once

#include "httpd/apache.hpp"

#include "exchange/client.hpp"
#include "wire/response_reader.hpp"

namespace cxxproxy::httpd {

// The final head. Discard: ProxyErrorOverride wants our error page instead. Copies into r->pool what it needs.
exchange::HeadUse take_response_head(request_rec* r, const wire::Head& head);

// An answer that is no 101 tells the client, as the backend says it (a 426), which protocol it might ask for. Once its
// head was taken.
void offer_protocol(request_rec* r, std::string_view protocol);

// Sends a 1xx answer on, or not, as the request's environment and the client's version say.
void pass_interim(request_rec* r, const wire::ResponseHead& head);

// Sends a 101 on: the client's connection speaks that protocol behind it. False: it may not be passed on.
bool pass_switch(request_rec* r, const wire::ResponseHead& head, std::string_view protocol);

}  // namespace cxxproxy::httpd
