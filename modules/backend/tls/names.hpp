// Whom a certificate is for.
#pragma once

#include "backend/tls/openssl.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cxxproxy::backend {

// Whether a name in a certificate stands for `host`: without case, a "*." at its front for exactly one label.
bool name_stands_for(std::string_view name, std::string_view host) noexcept;

// One of its names, or its IP addresses where the host is one, stands for `host`. Common names count beside
// subjectAltName, as the stock modules have it.
bool certificate_is_for(X509* certificate, const std::string& host);

// The same by the first common name alone.
bool common_name_is_for(X509* certificate, const std::string& host);

// Names and addresses, as many as a message has room for: "a.test, 10.0.0.1 and 7 more".
std::string names_of(X509* certificate);

}  // namespace cxxproxy::backend
