// How the body of a request goes to the backend, as its fields and environment ask.
#pragma once

#include "httpd/apache.hpp"

#include "exchange/request_body.hpp"

namespace cxxproxy::httpd {

struct BodyChoice {
  exchange::BodyRules rules;
  bool continue_forwarded = false;  // the client waits for a 100, and the backend is asked for it
};

// OK, or 400 for a transfer coding that is not exactly "chunked".
int choose_body_rules(request_rec* r, BodyChoice& choice);

}  // namespace cxxproxy::httpd
