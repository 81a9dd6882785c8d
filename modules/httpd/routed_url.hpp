// What one phase of a request finds out about the URL in r->filename and tells the phases after it, so that nobody
// takes the URL apart twice. Kept in the request's configuration vector; of the thread that has the request.
//
// Others may write r->filename, too, mod_rewrite before all. So nothing here is a promise of more than it says.
#pragma once

#include "httpd/config.hpp"

namespace cxxproxy::httpd {

// The mapping that caught the request, or null. The URL may come from somebody else by now.
void note_mapping(request_rec* r, const Mapping& mapping);
const Mapping* noted_mapping(const request_rec* r) noexcept;

// r->filename is "proxy:URL" in canonical form, and `origin` what the URL begins with; null if no backend can be
// reached by it.
void note_canonical_url(request_rec* r, const Origin* origin);

// That origin as long as r->filename is what it was then, else null.
const Origin* noted_origin(const request_rec* r) noexcept;

}  // namespace cxxproxy::httpd
