// What <Location> sections say about proxying.
#pragma once

#include "httpd/config.hpp"

#include <vector>

namespace cxxproxy::httpd {

// Of the sections of a server that say anything, the main server's included, in the order in which they are merged.
inline std::vector<const DirConfig*> locations_of(const server_rec* s) {
  std::vector<const DirConfig*> found;
  const auto* core = static_cast<const core_server_config*>(ap_get_core_module_config(s->module_config));
  for (int i = 0; core->sec_url && i < core->sec_url->nelts; ++i) {
    const auto* section = APR_ARRAY_IDX(core->sec_url, i, const ap_conf_vector_t*);
    if (const void* own = ap_get_module_config(section, &proxy_module))
      found.push_back(static_cast<const DirConfig*>(own));
  }
  return found;
}

}  // namespace cxxproxy::httpd
