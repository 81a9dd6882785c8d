// A request that nobody has sent, brought as far as the routing of this module: for questions about the configuration.
#pragma once

#include "httpd/apache.hpp"
#include "httpd/pool.hpp"

#include <string>
#include <vector>

namespace cxxproxy::httpd {

// Who asks: an address of the documentation block (RFC 5737).
inline constexpr char asking_client[] = "192.0.2.1";

// A GET for `url`, http://host[:port]/path?query or https, at the virtual host that httpd would choose. `fields` are
// further fields of its head, "Name: value". Null, and `wrong` says why. In `pool`.
request_rec* make_dry_request(apr_pool_t* pool, server_rec* main_server, const char* url,
                              const PoolArray<const char*>& fields, std::string& wrong);

// Goes through the phases up to fixups: <Location> and <If> sections of the core, the routing of this module, and of
// others those that do nothing but change fields and variables (mod_setenvif, mod_env, mod_headers). OK, or the status
// that the request would end with. mod_rewrite is not asked: its rules need more than a configuration.
int route_dry_request(request_rec* r);

// Loaded modules whose word is missing, for the reader to know.
std::vector<std::string> modules_not_asked();

}  // namespace cxxproxy::httpd
