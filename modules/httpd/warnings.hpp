// What is configured and does not act: said once at start, never silently.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

void warn_of_what_does_not_act(server_rec* main_server);

}  // namespace cxxproxy::httpd
