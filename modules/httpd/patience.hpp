// How long requests wait at a member, and which line of the configuration says so.
#pragma once

#include "httpd/config.hpp"

namespace cxxproxy::httpd {

struct Patience {
  apr_interval_time_t time;
  const char* source;  // "timeout=", "ProxyTimeout"
};

// For each part of a request and its answer, of requests that come to `s`, whose configuration is `config`.
inline Patience waiting_time(const server_rec* s, const ServerConfig& config, const MemberSettings& member) noexcept {
  if (member.timeout.given) return {member.timeout.value, member.timeout_is_servers ? "ProxyTimeout" : "timeout="};
  if (config.timeout.given) return {config.timeout.value, "ProxyTimeout"};
  return {s->timeout, "Timeout"};
}

inline Patience connecting_time(const server_rec* s, const ServerConfig& config,
                                const MemberSettings& member) noexcept {
  if (member.connect_timeout.given) return {member.connect_timeout.value, "connectiontimeout="};
  return waiting_time(s, config, member);
}

// For a whole health check.
inline Patience checking_time(const server_rec* s, const ServerConfig& config, const MemberSettings& member) noexcept {
  if (member.health.timeout) return {member.health.timeout, "hctimeout="};
  return {connecting_time(s, config, member).time + waiting_time(s, config, member).time,
          "connecting and waiting together"};
}

}  // namespace cxxproxy::httpd
