// What is configured and does not act, or not as it seems to: said at start, never silently.
#pragma once

#include "httpd/config.hpp"

#include <string>
#include <vector>

namespace cxxproxy::httpd {

struct Warning {
  int level;              // APLOG_WARNING and the like
  const char* id;         // "CXP0110: "
  std::string text;       // a sentence that names the line
  const server_rec* s{};  // whose; null where the text says it all
};

// Of a mapping by itself.
std::vector<Warning> surprises_of(const Mapping& mapping, bool in_location);

// Of all servers; what they share is said once.
std::vector<Warning> what_does_not_act(server_rec* main_server);

// `s` for those without a server of their own.
void log_warnings(const std::vector<Warning>& warnings, const server_rec* s);

}  // namespace cxxproxy::httpd
