#include "httpd/directives.hpp"

#include "httpd/capture/engine.hpp"

#include <cstdlib>
#include <string_view>

namespace cxxproxy::httpd {
namespace {

// mod_reqtimeout's own default for a request's head.
constexpr HeaderTimeout reqtimeout_default{apr_time_from_sec(20), apr_time_from_sec(40), APR_USEC_PER_SEC / 500};

bool reqtimeout_is_loaded() { return ap_find_linked_module("mod_reqtimeout.c") != nullptr; }

// "20", "20-40", "20,MinRate=500", "20-40,MinRate=500"; what is wrong with it mod_reqtimeout says.
HeaderTimeout parse_header_timeout(const char* value) {
  HeaderTimeout timeout;
  char* rest = nullptr;
  timeout.initial = apr_time_from_sec(std::strtol(value, &rest, 10));
  if (*rest == '-') timeout.most = apr_time_from_sec(std::strtol(rest + 1, &rest, 10));
  constexpr std::string_view min_rate = ",MinRate=";
  if (strncasecmp(rest, min_rate.data(), min_rate.size()) == 0) {
    const long rate = std::strtol(rest + min_rate.size(), &rest, 10);
    if (rate > 0) timeout.per_byte = APR_USEC_PER_SEC / rate;
  }
  return timeout;
}

}  // namespace

const char* set_engine(cmd_parms* cmd, void*, int on) noexcept {
  config_of(cmd->server).engine.set(on != 0);
  return nullptr;
}

const char* set_reactors(cmd_parms* cmd, void*, const char* number) noexcept {
  if (const char* wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY)) return wrong;
  char* end = nullptr;
  const long count = std::strtol(number, &end, 10);
  if (*number == '\0' || *end != '\0' || count < 1 || count > 64) {
    return complaint(cmd, apr_psprintf(cmd->pool, "'%s' is not possible, expected a number from 1 to 64", number));
  }
  config_of(cmd->server).reactors.set(static_cast<int>(count));
  return nullptr;
}

const char* set_tunnel_grace(cmd_parms* cmd, void*, const char* time) noexcept {
  if (const char* wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY)) return wrong;
  apr_interval_time_t given = 0;
  if (strcasecmp(time, "Off") == 0) {
    config_of(cmd->server).tunnel_grace.set(std::nullopt);
  } else if (apr_isdigit(*time) && ap_timeout_parameter_parse(time, &given, "s") == APR_SUCCESS) {
    config_of(cmd->server).tunnel_grace.set(given);
  } else {
    return complaint(cmd, apr_psprintf(cmd->pool, "'%s' is not possible, expected a time, or Off for no limit", time));
  }
  return nullptr;
}

const char* note_header_timeout(cmd_parms* cmd, void*, const char* stage) noexcept {
  if (!reqtimeout_is_loaded()) return complaint(cmd, "this is mod_reqtimeout's, which is not loaded");
  constexpr std::string_view header = "header=";
  if (strncasecmp(stage, header.data(), header.size()) == 0) {
    config_of(cmd->server).header_timeout.set(parse_header_timeout(stage + header.size()));
  }
  return nullptr;
}

// Only a section can want another handshake than the connection has had.
const char* note_handshake(cmd_parms* cmd, void*, const char*, const char*) noexcept {
  if (!ap_find_linked_module("mod_ssl.c")) return complaint(cmd, "this is mod_ssl's, which is not loaded");
  if (cmd->path) note_repeated_handshakes();
  return nullptr;
}

HeaderTimeout header_timeout_of(const server_rec* s) noexcept {
  const Setting<HeaderTimeout>& given = config_of(s).header_timeout;
  if (given.given) return given.value;
  static const bool loaded = reqtimeout_is_loaded();
  return loaded ? reqtimeout_default : HeaderTimeout{};
}

}  // namespace cxxproxy::httpd
