#include "httpd/keys.hpp"

namespace cxxproxy::httpd {
namespace {

constexpr std::size_t uri_limit = 64;
constexpr apr_interval_time_t shortest_interval = apr_time_from_msec(100);

struct HealthKey {
  const char* name;
  Expected (*set)(HealthSettings&, const char* value);
};

Expected set_method(HealthSettings& settings, const char* value) {
  const std::optional<health::CheckMethod> method = health::check_method_of(value);
  if (!method) return "NONE, TCP, OPTIONS, HEAD, GET, OPTIONS11, HEAD11, GET11 or GRPC";
  settings.method = *method;
  return nullptr;
}

Expected set_interval(HealthSettings& settings, const char* value) {
  apr_interval_time_t given;
  if (ap_timeout_parameter_parse(value, &given, "s") != APR_SUCCESS || given < shortest_interval) {
    return "a time of at least 100ms, such as 30s";
  }
  settings.interval = given;
  return nullptr;
}

Expected set_count(int& target, const char* value) {
  const int number = leading_int(value);
  if (number < 0) return "a number, 0 or more";
  target = number;
  return nullptr;
}

Expected set_uri(HealthSettings& settings, const char* value) {
  if (strlen(value) >= uri_limit) return "at most 63 characters";
  settings.uri = value;
  return nullptr;
}

constexpr HealthKey health_keys[] = {
    {"hcmethod", set_method},
    {"hcinterval", set_interval},
    {"hcpasses", [](HealthSettings& s, const char* v) { return set_count(s.passes, v); }},
    {"hcfails", [](HealthSettings& s, const char* v) { return set_count(s.fails, v); }},
    {"hcuri", set_uri},
    {"hctemplate", [](HealthSettings&, const char*) -> Expected { return "the name of a ProxyHCTemplate"; }},
    {"hcexpr", [](HealthSettings&, const char*) -> Expected { return "the name of a ProxyHCExpr"; }},
};

}  // namespace

const char* set_health_key(apr_pool_t* pool, Member& member, const char* key, const char* value, bool& known) {
  for (const HealthKey& candidate : health_keys) {
    if (strcasecmp(key, candidate.name) != 0) continue;
    known = true;
    const Expected wrong = candidate.set(member.settings.health, value);
    if (wrong) return refused(pool, key, value, wrong);
    member.settings.health.given = true;
    return nullptr;
  }
  return nullptr;
}

}  // namespace cxxproxy::httpd
