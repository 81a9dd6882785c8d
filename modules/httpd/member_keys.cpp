#include "httpd/keys.hpp"

#include "balance/status.hpp"

#include <cstdlib>

namespace cxxproxy::httpd {
namespace {

constexpr std::size_t route_limit = 64;
constexpr std::size_t word_limit = 16;
constexpr std::size_t secret_limit = 64;
constexpr long default_field_size = HUGE_STRING_LEN;
constexpr int default_flush_wait_us = 10000;

struct KeyUse {
  apr_pool_t* pool;
  MemberSettings& settings;
  const char* value;
};

struct MemberKey {
  const char* name;
  Expected (*set)(const KeyUse&);
};

Expected at_least(const KeyUse& use, int least, int& target, Expected expected) {
  const int number = leading_int(use.value);
  if (number < least) return expected;
  target = number;
  return nullptr;
}

// A number with an optional unit, in `unit` without one; a millisecond at the least.
Expected duration(const KeyUse& use, const char* unit, Setting<apr_interval_time_t>& target, Expected expected) {
  apr_interval_time_t given;
  if (ap_timeout_parameter_parse(use.value, &given, unit) != APR_SUCCESS || given < 1000) return expected;
  target.set(given);
  return nullptr;
}

Expected flag(const KeyUse& use, Setting<bool>& target, bool negate = false) {
  const std::optional<bool> given = on_off(use.value);
  if (!given) return "On or Off";
  target.set(*given != negate);
  return nullptr;
}

Expected text(const KeyUse& use, std::size_t limit, const char*& target, Expected expected) {
  if (strlen(use.value) >= limit) return expected;
  target = use.value;
  return nullptr;
}

Expected set_load_factor(const KeyUse& use) {
  const int hundredths = static_cast<int>(std::strtod(use.value, nullptr) * 100.0);
  if (hundredths < 100 || hundredths > 10000) return "a number between 1 and 100";
  use.settings.load_factor = static_cast<std::uint32_t>(hundredths);
  return nullptr;
}

Expected set_seconds(const KeyUse& use, int least, apr_interval_time_t& target, Expected expected) {
  int seconds = 0;
  if (Expected wrong = at_least(use, least, seconds, expected)) return wrong;
  target = apr_time_from_sec(seconds);
  return nullptr;
}

Expected set_timeout(const KeyUse& use) {
  apr_interval_time_t timeout = 0;
  if (Expected wrong = set_seconds(use, 1, timeout, "whole seconds, 1 or more")) return wrong;
  use.settings.timeout.set(timeout);
  use.settings.timeout_is_servers = false;
  return nullptr;
}

Expected set_address_ttl(const KeyUse& use) {
  constexpr Expected expected = "-1 or whole seconds up to 2147483647";
  apr_interval_time_t given;
  if (strcmp(use.value, "-1") == 0) {
    use.settings.address_ttl.set(-1);
    return nullptr;
  }
  if (ap_timeout_parameter_parse(use.value, &given, "s") != APR_SUCCESS || given < 0 ||
      given > apr_time_from_sec(APR_INT32_MAX) || given % apr_time_from_sec(1) != 0) {
    return expected;
  }
  use.settings.address_ttl.set(static_cast<int>(apr_time_sec(given)));
  return nullptr;
}

Expected set_h2_streams(const KeyUse& use) {
  char* end = nullptr;
  const long streams = std::strtol(use.value, &end, 10);
  if (end == use.value || *end != '\0' || streams < 1 || streams > 1000) return "a number from 1 to 1000";
  use.settings.h2_streams.set(static_cast<int>(streams));
  return nullptr;
}

Expected set_io_buffer(const KeyUse& use) {
  const long size = std::strtol(use.value, nullptr, 10);
  if (size < 512 && size != 0) return "512 bytes or more, or 0 for the default";
  use.settings.io_buffer.set(size ? size : AP_IOBUFSIZE);
  return nullptr;
}

Expected set_receive_buffer(const KeyUse& use) {
  const int size = leading_int(use.value);
  if (size < 512 && size != 0) return "512 bytes or more, or 0 for the system's default";
  use.settings.receive_buffer.set(size);
  return nullptr;
}

Expected set_response_field(const KeyUse& use) {
  const long size = std::strtol(use.value, nullptr, 10);
  if (size < 0) return "a number of bytes, or 0 for the default";
  use.settings.response_field.set(size ? size : default_field_size);
  return nullptr;
}

Expected set_status(const KeyUse& use) {
  const std::optional<balance::MemberFlags> flags = balance::parse_status(use.value, use.settings.initial_status);
  if (!flags) return "letters of O I N G U D S E H R F C, each with + or - before it if need be";
  use.settings.initial_status = *flags;
  return nullptr;
}

Expected set_flush_packets(const KeyUse& use) {
  if (strcasecmp(use.value, "auto") == 0) {
    use.settings.flush_packets = -1;
    return nullptr;
  }
  const std::optional<bool> given = on_off(use.value);
  if (!given) return "on, off or auto";
  use.settings.flush_packets = *given ? 1 : 0;
  return nullptr;
}

Expected set_flush_wait(const KeyUse& use) {
  const int milliseconds = leading_int(use.value);
  if (milliseconds < 0 || milliseconds > 1000) return "milliseconds up to 1000, or 0 for the default of 10";
  use.settings.flush_wait_us = milliseconds ? milliseconds * 1000 : default_flush_wait_us;
  return nullptr;
}

Expected set_lbset(const KeyUse& use) {
  const int set = leading_int(use.value);
  if (set < 0 || set > 99) return "a number between 0 and 99";
  use.settings.lbset = set;
  return nullptr;
}

Expected set_upgrade(const KeyUse& use) {
  if (strcasecmp(use.value, "ANY") == 0) {
    use.settings.upgrade = "*";
    return nullptr;
  }
  return text(use, word_limit, use.settings.upgrade, "at most 15 characters");
}

constexpr Expected count_expected = "a number, 0 or more";
constexpr Expected wait_expected = "a time of at least one millisecond, such as 500ms or 2s";
constexpr Expected route_expected = "at most 63 characters";

constexpr MemberKey member_keys[] = {
    {"acquire", [](const KeyUse& u) { return duration(u, "ms", u.settings.acquire, wait_expected); }},
    {"addressttl", set_address_ttl},
    {"connectiontimeout", [](const KeyUse& u) { return duration(u, "s", u.settings.connect_timeout, wait_expected); }},
    {"disablereuse", [](const KeyUse& u) { return flag(u, u.settings.disable_reuse); }},
    {"enablereuse", [](const KeyUse& u) { return flag(u, u.settings.disable_reuse, true); }},
    {"flusher", [](const KeyUse& u) { return text(u, word_limit, u.settings.flusher, "at most 15 characters"); }},
    {"flushpackets", set_flush_packets},
    {"flushwait", set_flush_wait},
    {"h2streams", set_h2_streams},
    {"iobuffersize", set_io_buffer},
    {"keepalive", [](const KeyUse& u) { return flag(u, u.settings.keepalive); }},
    {"lbset", set_lbset},
    {"loadfactor", set_load_factor},
    {"max", [](const KeyUse& u) { return at_least(u, 0, u.settings.max, count_expected); }},
    {"min", [](const KeyUse& u) { return at_least(u, 0, u.settings.min, count_expected); }},
    {"ping", [](const KeyUse& u) { return duration(u, "s", u.settings.ping, wait_expected); }},
    {"receivebuffersize", set_receive_buffer},
    {"redirect", [](const KeyUse& u) { return text(u, route_limit, u.settings.redirect, route_expected); }},
    {"responsefieldsize", set_response_field},
    {"retry",
     [](const KeyUse& u) {
       u.settings.retry_given = true;
       return set_seconds(u, 0, u.settings.retry, "whole seconds, 0 or more");
     }},
    {"route", [](const KeyUse& u) { return text(u, route_limit, u.settings.route, route_expected); }},
    {"secret", [](const KeyUse& u) { return text(u, secret_limit, u.settings.secret, "at most 63 characters"); }},
    {"smax", [](const KeyUse& u) { return at_least(u, 0, u.settings.smax, count_expected); }},
    {"status", set_status},
    {"timeout", set_timeout},
    {"ttl", [](const KeyUse& u) { return set_seconds(u, 1, u.settings.ttl, "whole seconds, 1 or more"); }},
    {"tunneltimeout", [](const KeyUse& u) { return duration(u, "s", u.settings.tunnel_timeout, wait_expected); }},
    {"upgrade", set_upgrade},
};

}  // namespace

const char* set_member_key(const cmd_parms* cmd, Member& member, const char* key, const char* value) {
  apr_pool_t* pool = cmd->pool;
  for (const MemberKey& known : member_keys) {
    if (strcasecmp(key, known.name) != 0) continue;
    const Expected wrong = known.set({pool, member.settings, value});
    return wrong ? refused(pool, key, value, wrong) : nullptr;
  }
  bool known = false;
  const char* wrong = set_health_key(cmd, member.settings.health, key, value, known);
  if (known) return wrong;
  const char* names = "";
  for (const MemberKey& one : member_keys) names = apr_pstrcat(pool, names, one.name, ", ", nullptr);
  return apr_psprintf(pool, "unknown Worker parameter '%s' (in %s=%s), expected one of %sor an hc* key", key, key,
                      value, names);
}

}  // namespace cxxproxy::httpd
