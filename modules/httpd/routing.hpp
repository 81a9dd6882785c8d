// Which requests are proxied, and where to: httpd's request phases up to the handler. The functions are hooks.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

struct DirConfig;

// pre_translate_name: mappings that match the path as it was sent (mapping=encoded, servlet).
int match_encoded(request_rec* r) noexcept;

// translate_name, after mod_rewrite: all other mappings. A match puts "proxy:URL" into r->filename.
int match_decoded(request_rec* r) noexcept;

// map_to_storage: applies the <Proxy> sections that match the URL, and keeps the core off the request.
int apply_sections(request_rec* r) noexcept;

// Whether a <Proxy> or <ProxyMatch> section is about a URL.
bool section_matches(const DirConfig& section, const char* url) noexcept;

// fixups, after mod_rewrite: brings the URL into canonical form.
int fix_url(request_rec* r) noexcept;

}  // namespace cxxproxy::httpd
