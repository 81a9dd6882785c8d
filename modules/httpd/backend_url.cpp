#include "httpd/backend_url.hpp"

#include "httpd/pool.hpp"

namespace cxxproxy::httpd {

BackendUrl read_backend_url(apr_pool_t* pool, const char* text, const Origin* known) {
  BackendUrl url{.text = text, .origin = known ? known : read_origin(pool, text)};
  if (!url.origin) return url;
  url.target = text + url.origin->text.size();
  if (*url.target != '/') url.target = joined_in(pool, {"/", url.target});
  return url;
}

}  // namespace cxxproxy::httpd
