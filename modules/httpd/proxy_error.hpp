// Telling a client, and the log, why there is no answer.
#pragma once

#include "httpd/request_dispatcher.hpp"

#include "exchange/exchange.hpp"

namespace cxxproxy::httpd {

// Notes `reason` for the error page ("Proxy Error") and the log; returns `status` for the handler to return.
int proxy_error(request_rec* r, int status, const char* reason);

// The same for an exchange without an answer: the page says what is known, never what a backend sent.
int explain_failure(request_rec* r, const RequestDispatcher& dispatcher, const exchange::Outcome& outcome);

// The answer broke off after its head had been passed on; nothing is left but the log.
void log_cut(request_rec* r, const RequestDispatcher& dispatcher, const exchange::Failure& failure);

// The client left in the middle of its own body: said once, as the stock modules do.
void log_client_gone(request_rec* r, const RequestDispatcher& dispatcher, const exchange::Failure& failure);

// A tunnel has ended: why, if not because both sides have.
void log_tunnel(request_rec* r, const RequestDispatcher& dispatcher, const exchange::Failure& failure);

}  // namespace cxxproxy::httpd
