#include "httpd/version.hpp"

#include "httpd/log.hpp"

APLOG_USE_MODULE(cxxproxy);

#ifndef CXXPROXY_VERSION
#error "CXXPROXY_VERSION is missing: Makefile.apxs and CMakeLists.txt take it from the file VERSION"
#endif

namespace cxxproxy::httpd {

const char version[] = "mod_cxxproxy/" CXXPROXY_VERSION;

void log_version(server_rec* main_server) {
  ap_log_error(APLOG_MARK, APLOG_INFO, 0, main_server, CXXPROXY_LOGNO(0405) "%s is in place of the stock proxy modules",
               version);
}

}  // namespace cxxproxy::httpd
