// From a configured name to socket addresses.
#pragma once

#include "backend/address.hpp"
#include "backend/result.hpp"

namespace cxxproxy::backend {

// An IPv4 address, or an IPv6 address without brackets.
bool is_address(const std::string& host) noexcept;

// BLOCKS as long as the system's resolver does (seconds, when a name server is silent), unless the origin is a unix
// path or a numeric address. The addresses come in the resolver's order (RFC 6724, gai.conf), each once; never empty
// when ok. Errors: Lookup, UnixPathTooLong, Connect (a unix path nothing can listen on). Any thread.
Result<Endpoints> resolve_blocking(const Origin& origin);

}  // namespace cxxproxy::backend
