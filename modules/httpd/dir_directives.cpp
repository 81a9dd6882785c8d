#include "httpd/directives.hpp"

#include "httpd/keys.hpp"

#include <algorithm>

namespace cxxproxy::httpd {
namespace {

DirConfig& dir_of(void* dir) { return *static_cast<DirConfig*>(dir); }

const char* refuse_override(const cmd_parms* cmd, const char* word, const char* expected) {
  return complaint(cmd, apr_psprintf(cmd->pool, "'%s' is not possible, expected %s", word, expected));
}

}  // namespace

// Called once for each word behind the directive.
const char* set_error_override(cmd_parms* cmd, void* dir, const char* word) noexcept {
  DirConfig& config = dir_of(dir);
  if (const std::optional<bool> on = on_off(word)) {
    config.error_override.set(*on);
    return nullptr;
  }
  if (!config.error_override.given) return refuse_override(cmd, word, "On or Off first");
  if (!apr_isdigit(word[0])) return refuse_override(cmd, word, "status codes to be numeric");
  if (!config.error_override.value) return refuse_override(cmd, word, "On before status codes");
  const int code = leading_int(word);
  if (!ap_is_HTTP_ERROR(code)) return refuse_override(cmd, word, "status codes from 400 to 599");
  config.override_codes.push(code);
  std::sort(config.override_codes.begin(), config.override_codes.end());
  return nullptr;
}

const char* set_preserve_host(cmd_parms*, void* dir, int on) noexcept {
  dir_of(dir).preserve_host.set(on != 0);
  return nullptr;
}

const char* set_websocket_fallback(cmd_parms*, void* dir, int on) noexcept {
  dir_of(dir).websocket_fallback.set(on != 0);
  return nullptr;
}

const char* set_add_headers(cmd_parms*, void* dir, int on) noexcept {
  dir_of(dir).add_headers.set(on != 0);
  return nullptr;
}

const char* set_forward_continue(cmd_parms*, void* dir, int on) noexcept {
  dir_of(dir).forward_continue.set(on != 0);
  return nullptr;
}

const char* set_interpolate_env(cmd_parms*, void* dir, int on) noexcept {
  dir_of(dir).interpolate_env.set(on != 0);
  return nullptr;
}

}  // namespace cxxproxy::httpd
