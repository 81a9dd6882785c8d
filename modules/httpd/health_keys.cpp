#include "httpd/keys.hpp"

namespace cxxproxy::httpd {
namespace {

constexpr std::size_t uri_limit = 64;
constexpr apr_interval_time_t shortest_interval = apr_time_from_msec(100);

struct HealthKey {
  const char* name;
  Expected (*set)(MemberSettings&, const char* value);
};

Expected set_method(MemberSettings& settings, const char* value) {
  static constexpr const char* methods[] = {"NONE", "TCP", "OPTIONS", "HEAD", "GET", "OPTIONS11", "HEAD11", "GET11"};
  for (const char* method : methods) {
    if (strcasecmp(value, method) != 0) continue;
    settings.hc_method = method;
    return nullptr;
  }
  return "NONE, TCP, OPTIONS, HEAD, GET, OPTIONS11, HEAD11 or GET11";
}

Expected set_interval(MemberSettings& settings, const char* value) {
  apr_interval_time_t given;
  if (ap_timeout_parameter_parse(value, &given, "s") != APR_SUCCESS || given < shortest_interval) {
    return "a time of at least 100ms, such as 30s";
  }
  settings.hc_interval = given;
  return nullptr;
}

Expected set_count(int& target, const char* value) {
  const int number = leading_int(value);
  if (number < 0) return "a number, 0 or more";
  target = number;
  return nullptr;
}

Expected set_uri(MemberSettings& settings, const char* value) {
  if (strlen(value) >= uri_limit) return "at most 63 characters";
  settings.hc_uri = value;
  return nullptr;
}

constexpr HealthKey health_keys[] = {
    {"hcmethod", set_method},
    {"hcinterval", set_interval},
    {"hcpasses", [](MemberSettings& s, const char* v) { return set_count(s.hc_passes, v); }},
    {"hcfails", [](MemberSettings& s, const char* v) { return set_count(s.hc_fails, v); }},
    {"hcuri", set_uri},
    {"hctemplate", [](MemberSettings&, const char*) -> Expected { return "the name of a ProxyHCTemplate"; }},
    {"hcexpr", [](MemberSettings&, const char*) -> Expected { return "the name of a ProxyHCExpr"; }},
};

}  // namespace

const char* set_health_key(apr_pool_t* pool, Member& member, const char* key, const char* value, bool& known) {
  for (const HealthKey& candidate : health_keys) {
    if (strcasecmp(key, candidate.name) != 0) continue;
    known = true;
    const Expected wrong = candidate.set(member.settings, value);
    if (wrong) return refused(pool, key, value, wrong);
    member.settings.hc_given = true;
    return nullptr;
  }
  return nullptr;
}

}  // namespace cxxproxy::httpd
