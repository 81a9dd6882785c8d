// Which protocols a request may switch to (RFC 9110 section 7.8).
#pragma once

#include <string_view>

namespace cxxproxy::httpd {

// `allowed`: a member's upgrade=: one protocol, a list of them, or * for any; empty: WebSocket for ws:// and wss://
// (`websocket`), else none. `wanted`: what the client's Upgrade field says, as a whole.
//
// HTTP/2 and TLS are switched to only where they are named: any protocol that is no HTTP is fine in a tunnel, but with
// these a client would speak HTTP to the backend past all that is configured here.
bool may_upgrade(std::string_view allowed, std::string_view wanted, bool websocket) noexcept;

// The same of an answer that is no 101: `offered` is what its Upgrade field says a client may ask for.
bool may_offer(std::string_view allowed, std::string_view offered, bool websocket) noexcept;

}  // namespace cxxproxy::httpd
