// scheme://host[:port], with which a URL begins: where it leads, before its path says what is wanted there.
#pragma once

#include "httpd/apache.hpp"

#include <string_view>

namespace cxxproxy::httpd {

struct Origin {
  std::string_view text;  // all of it, a user's name included
  const char* authority;  // host[:port], as Host says it
  const char* host;       // without brackets
  apr_port_t port;        // the scheme's own where none is written
};

// The origin of `url`, copied into `pool`; null if the URL has none that a backend can be reached by, or a blank or
// control character anywhere.
const Origin* read_origin(apr_pool_t* pool, std::string_view url);

// An origin as it was written, and as canonicalize() writes it.
struct OriginForms {
  std::string_view written;
  std::string_view canonical;
  const Origin* parts = nullptr;  // of the canonical one; null if no backend can be reached by it

  // Whether `url` begins with the written one, and its path behind that.
  bool begins(std::string_view url) const noexcept {
    return !written.empty() && url.starts_with(written) && (url.size() == written.size() || url[written.size()] == '/');
  }
};

enum class OriginFault { None, NotServed, NoUrl, BadAuthority };

// Reads what `url` begins with; its path does not matter. NotServed: of a scheme that is no business of this module.
// Lives in `pool`, but for `written`, which is part of `url`.
OriginFault read_origin_forms(apr_pool_t* pool, std::string_view url, OriginForms& forms);

}  // namespace cxxproxy::httpd
