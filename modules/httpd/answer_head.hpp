// The head of a proxied answer on its way to the client, written in one piece.
//
// httpd's core forms it field by field, through brigades, and passes it on before the body. For a plain answer that is
// most of what an answer costs. So a filter of ours takes the place of the core's in the request's chain. It writes a
// plain head as the core would, byte for byte, with the core's own decision about the connection (ap_set_keepalive),
// and hands everything else to the core's filter as if that had never left.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

// Lets this module write the head of the answer that r->headers_out is about to hold. Before anything was passed to
// r->output_filters; any thread, any MPM. Without effect where the core's filter is not in the chain (HTTP/2,
// subrequests).
void write_own_head(request_rec* r) noexcept;

// Undoes that where the head is not yet on its way: before the core is told of a filter's error. By its own filter in
// the chain, and by nothing else, it knows that there is still to be an answer (ap_die).
void leave_head_to_core(request_rec* r) noexcept;

}  // namespace cxxproxy::httpd
