// The head of the request that a backend gets: what the client sent, less what was meant for this hop only, plus what a
// proxy adds (parity with the stock modules: RFC 9110 section 7.6, X-Forwarded-*, Via).
#pragma once

#include "httpd/apache.hpp"

#include "backend/http2/request_head.hpp"
#include "exchange/request_body.hpp"

#include <string>

namespace cxxproxy::httpd {

// What the head depends on besides the request.
struct HeadContext {
  const char* authority;          // Host, unless ProxyPreserveHost: host[:port]
  const char* target;             // path and query
  bool keep_alive;                // the connection may serve on; HTTP/1 only
  const char* expect;             // the Expect that goes along, or null
  bool http10;                    // force-proxy-request-1.0; HTTP/1 only
  const char* scheme = "http";    // or https; HTTP/2 only
  const char* upgrade = nullptr;  // the protocol to switch to, or null; HTTP/1.1 only
};

// Appends the head to `out`. False: something in it may not be written (a control character),
// or Connection lists more names than can be kept back.
bool write_request_head(request_rec* r, const HeadContext& context, const exchange::BodyPlan& body, std::string& out);

// The same as HTTP/2 has it: `out` begins anew, and is finished if it is true. A body whose length is not known needs
// no field there.
bool write_request_head(request_rec* r, const HeadContext& context, const exchange::BodyPlan& body,
                        backend::Http2RequestHead& out);

// What the client has sent behind its body, once that is read. Fields that may not come there, or may not be written,
// are left out, each for itself. False: there is none; or more than can be.
bool write_request_trailer(request_rec* r, backend::Http2RequestHead& out);

}  // namespace cxxproxy::httpd
