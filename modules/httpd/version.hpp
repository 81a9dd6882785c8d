// Which mod_cxxproxy this is.
#pragma once

#include "httpd/apache.hpp"

namespace cxxproxy::httpd {

// "mod_cxxproxy/1.2.3", with the number that the file VERSION holds.
extern const char version[];

// Writes it to the error log, at level info.
void log_version(server_rec* main_server);

}  // namespace cxxproxy::httpd
