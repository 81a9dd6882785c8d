#include "httpd/keys.hpp"

#include "httpd/health/expressions.hpp"
#include "wire/fields.hpp"

#include <cstdlib>

namespace cxxproxy::httpd {
namespace {

constexpr std::size_t uri_limit = 64;
constexpr std::size_t host_limit = 256;
constexpr apr_interval_time_t shortest_interval = apr_time_from_msec(100);
constexpr apr_interval_time_t shortest_timeout = apr_time_from_msec(1);

struct KeyUse {
  const cmd_parms* cmd;
  HealthSettings& settings;
  const char* value;
};

struct HealthKey {
  const char* name;
  Expected (*set)(const KeyUse&);
};

Expected set_method(const KeyUse& use) {
  const std::optional<health::CheckMethod> method = health::check_method_of(use.value);
  if (!method) return "NONE, TCP, OPTIONS, HEAD, GET, OPTIONS11, HEAD11, GET11 or GRPC";
  use.settings.method = *method;
  return nullptr;
}

Expected set_time(const KeyUse& use, apr_interval_time_t least, apr_interval_time_t& target, Expected expected) {
  apr_interval_time_t given;
  if (ap_timeout_parameter_parse(use.value, &given, "s") != APR_SUCCESS || given < least) return expected;
  target = given;
  return nullptr;
}

Expected set_count(const KeyUse& use, int& target) {
  const int number = leading_int(use.value);
  if (number < 0) return "a number, 0 or more";
  target = number;
  return nullptr;
}

Expected set_uri(const KeyUse& use) {
  if (strlen(use.value) >= uri_limit) return "at most 63 characters";
  use.settings.uri = use.value;
  return nullptr;
}

Expected set_expression(const KeyUse& use) {
  const HealthExpression* found = find_health_expression(config_of(use.cmd->server), use.value);
  if (!found) return "the name of a ProxyHCExpr that stands before, in this server or in the main one";
  use.settings.expression = use.value;
  return nullptr;
}

const HealthTemplate* find_template(const ServerConfig& config, const char* name) {
  for (const HealthTemplate& one : config.health_templates) {
    if (strcasecmp(one.name, name) == 0) return &one;
  }
  return nullptr;
}

Expected set_template(const KeyUse& use) {
  const HealthTemplate* found = find_template(config_of(use.cmd->server), use.value);
  if (!found) found = find_template(config_of(ap_server_conf), use.value);
  if (!found) return "the name of a ProxyHCTemplate that stands before, in this server or in the main one";
  use.settings = found->settings;
  return nullptr;
}

// Letters of a name or an address, with a port or without.
bool is_host(std::string_view text) {
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:[]%") ==
         std::string_view::npos;
}

Expected set_host(const KeyUse& use) {
  if (!*use.value || strlen(use.value) >= host_limit || !is_host(use.value)) {
    return "a host's name or address, with a port if need be, of at most 255 characters";
  }
  use.settings.host = use.value;
  return nullptr;
}

Expected set_port(const KeyUse& use) {
  char* end = nullptr;
  const long port = std::strtol(use.value, &end, 10);
  if (end == use.value || *end != '\0' || port < 1 || port > 65535) return "a port from 1 to 65535";
  use.settings.port = static_cast<apr_port_t>(port);
  return nullptr;
}

// What says how the check is framed, or where it goes.
bool is_ours_to_write(std::string_view name) {
  constexpr std::string_view names[] = {"Host", "Content-Length", "Transfer-Encoding", "Connection"};
  return std::ranges::any_of(names, [&](std::string_view one) { return wire::iequals(one, name); });
}

// A template's own list stays as it is.
Expected add_field(const KeyUse& use) {
  const std::string_view whole = use.value;
  const std::size_t colon = whole.find(':');
  const std::string_view name = whole.substr(0, colon);
  if (colon == std::string_view::npos || !wire::is_token(name)) return "Name:value, with the name of a header field";
  const std::string_view value = wire::trim_ows(whole.substr(colon + 1));
  if (!wire::is_field_value(value)) return "a value without control characters";
  if (is_ours_to_write(name)) return "another field: Host is set by hchost=, and those about framing not at all";
  PoolArray<const char*> added(use.cmd->pool);
  for (const char* earlier : use.settings.fields) added.push(earlier);
  added.push(joined_in(use.cmd->pool, {name, ": ", value}));
  use.settings.fields = added;
  return nullptr;
}

Expected set_wait(const KeyUse& use) {
  const std::optional<bool> given = on_off(use.value);
  if (!given) return "On or Off";
  use.settings.wait = *given;
  return nullptr;
}

constexpr const char* field_key = "hcheader";

constexpr HealthKey health_keys[] = {
    {"hcexpr", set_expression},
    {"hcfails", [](const KeyUse& u) { return set_count(u, u.settings.fails); }},
    {field_key, add_field},
    {"hchost", set_host},
    {"hcinterval",
     [](const KeyUse& u) {
       return set_time(u, shortest_interval, u.settings.interval, "a time of at least 100ms, such as 30s");
     }},
    {"hcmethod", set_method},
    {"hcpasses", [](const KeyUse& u) { return set_count(u, u.settings.passes); }},
    {"hcport", set_port},
    {"hctemplate", set_template},
    {"hctimeout",
     [](const KeyUse& u) {
       return set_time(u, shortest_timeout, u.settings.timeout,
                       "a time of at least one millisecond, such as 500ms or 2s");
     }},
    {"hcuri", set_uri},
    {"hcwait", set_wait},
};

}  // namespace

const char* set_health_key(const cmd_parms* cmd, HealthSettings& settings, const char* key, const char* value,
                           bool& known) {
  for (const HealthKey& candidate : health_keys) {
    if (strcasecmp(key, candidate.name) != 0) continue;
    known = true;
    const Expected wrong = candidate.set({cmd, settings, value});
    if (wrong) return refused(cmd->pool, key, value, wrong);
    settings.given = true;
    return nullptr;
  }
  return nullptr;
}

const char* health_key_names(apr_pool_t* pool) {
  const char* names = "";
  for (const HealthKey& one : health_keys) names = apr_pstrcat(pool, names, *names ? ", " : "", one.name, nullptr);
  return names;
}

bool may_repeat(const char* key) noexcept { return strcasecmp(key, field_key) == 0; }

}  // namespace cxxproxy::httpd
