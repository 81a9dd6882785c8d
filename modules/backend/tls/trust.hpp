// Whom a profile trusts: authorities and revocation lists, read into a context's store at once, so that no handshake
// waits for a disk.
#pragma once

#include "backend/tls/openssl.hpp"
#include "backend/tls/settings.hpp"

#include <string>

namespace cxxproxy::backend {

// What is wrong, with the directive that says so, or nothing. CRLs without `crl_check` are loaded and do not count.
std::string load_trust(SSL_CTX* context, const TlsSettings& settings);

}  // namespace cxxproxy::backend
