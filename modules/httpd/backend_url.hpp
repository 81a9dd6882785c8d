// The URL to ask a backend for, taken apart.
#pragma once

#include "httpd/origin.hpp"

namespace cxxproxy::httpd {

struct BackendUrl {
  const char* text = "";
  const Origin* origin = nullptr;  // null: no backend can be reached by it
  const char* target = "/";        // path and query, as a request line has them
};

// `known`: what `text` begins with, where it is known that there is no blank or control character in all of `text`;
// null where it is not.
BackendUrl read_backend_url(apr_pool_t* pool, const char* text, const Origin* known);

}  // namespace cxxproxy::httpd
