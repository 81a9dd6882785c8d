#include "httpd/keys.hpp"

#include <cstdlib>

namespace cxxproxy::httpd {

int leading_int(const char* text) noexcept { return static_cast<int>(std::strtol(text, nullptr, 10)); }

std::optional<bool> on_off(const char* text) noexcept {
  if (strcasecmp(text, "on") == 0) return true;
  if (strcasecmp(text, "off") == 0) return false;
  return std::nullopt;
}

const char* shown_value(const char* key, const char* value) noexcept {
  const bool secret = strcasecmp(key, "secret") == 0 || strcasecmp(key, "nonce") == 0;
  return secret ? "(not shown)" : value;
}

const char* refused(apr_pool_t* pool, const char* key, const char* value, Expected expected) {
  return apr_psprintf(pool, "%s=%s is not possible, expected %s", key, shown_value(key, value), expected);
}

}  // namespace cxxproxy::httpd
