#include "httpd/reverse_map.hpp"

#include "httpd/config.hpp"
#include "httpd/roster.hpp"
#include "httpd/scheme.hpp"
#include "httpd/target_url.hpp"
#include "routing/cookie_map.hpp"
#include "wire/fields.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace cxxproxy::httpd {
namespace {

using std::string_view;

bool starts_with_ignoring_case(string_view text, string_view prefix) {
  return text.size() >= prefix.size() && wire::iequals(text.substr(0, prefix.size()), prefix);
}

// How much of `url` is what `prefix` says, if it begins like that. Backends of HTTP/2 speak of themselves as http:// or
// https://.
std::optional<std::size_t> beginning(string_view url, string_view prefix) {
  if (starts_with_ignoring_case(url, prefix)) return prefix.size();
  const string_view scheme = scheme_of(prefix);
  if (!uses_http2(scheme)) return std::nullopt;
  const string_view theirs = uses_tls(scheme) ? "https" : "http";
  const string_view rest = prefix.substr(scheme.size());
  if (!starts_with_ignoring_case(url, theirs)) return std::nullopt;
  if (!starts_with_ignoring_case(url.substr(theirs.size()), rest)) return std::nullopt;
  return theirs.size() + rest.size();
}

// The two sides of a rule, for this request.
struct Rule {
  const char* public_part;
  const char* internal;
};

Rule expanded(request_rec* r, const ReverseRule& rule) {
  const bool expand = rule.interpolate && dir_config_of(r).interpolate_env.value_or(false);
  if (!expand) return {rule.public_part, rule.internal};
  return {interpolate(r, rule.public_part), interpolate(r, rule.internal)};
}

const char* absolute(request_rec* r, const char* url) {
  return ap_is_url(url) ? url : ap_construct_url(r->pool, url, r);
}

// The path of an absolute URL; the whole text when it has none.
string_view path_of(string_view url) {
  const std::size_t mark = url.find("://");
  if (mark == string_view::npos) return url;
  const std::size_t slash = url.find('/', mark + 3);
  return slash == string_view::npos ? url : url.substr(slash);
}

// balancer://name[/path]: any of its members may have answered.
const char* match_members(request_rec* r, const Balancer& balancer, const Rule& rule, string_view url) {
  const string_view internal = rule.internal;
  const std::size_t slash = internal.find('/', strlen("balancer://"));
  string_view path = slash == string_view::npos ? string_view{} : internal.substr(slash);
  if (path == "/") path = {};
  for (const Member* member : roster_of(balancer).members) {
    string_view name = member->name;
    if (!path.empty() && name.ends_with('/')) name.remove_suffix(1);
    const std::optional<std::size_t> begun = beginning(url, name);
    if (!begun || !url.substr(*begun).starts_with(path)) continue;
    const string_view rest = url.substr(*begun + path.size());
    const bool bare = path.empty() && strcmp(rule.public_part, "/") == 0 && rest.starts_with('/');
    return absolute(r, apr_pstrcat(r->pool, bare ? "" : rule.public_part, copy_in(r->pool, rest), nullptr));
  }
  return nullptr;
}

const char* match_rule(request_rec* r, const Rule& rule, const char* url) {
  const string_view internal = rule.internal;
  if (starts_with_ignoring_case(internal, "balancer://")) {
    const Balancer* balancer = find_balancer(config_of(r->server), internal);
    if (balancer) return match_members(r, *balancer, rule, url);
  }
  const string_view compared = internal.starts_with('/') ? path_of(url) : string_view(url);
  const std::optional<std::size_t> begun = beginning(compared, internal);
  if (internal.empty() || !begun) return nullptr;
  const string_view rest = compared.substr(*begun);
  return absolute(r, apr_pstrcat(r->pool, rule.public_part, copy_in(r->pool, rest), nullptr));
}

class RequestCookieRules final : public routing::CookieRules {
 public:
  explicit RequestCookieRules(request_rec* r) : r_(r) {}

  std::optional<string_view> path(string_view value) const override {
    for (const ReverseRule& rule : dir_config_of(r_).cookie_paths) {
      const Rule sides = expanded(r_, rule);
      if (value.starts_with(sides.internal)) return sides.public_part;
    }
    return std::nullopt;
  }

  std::optional<string_view> domain(string_view value) const override {
    for (const ReverseRule& rule : dir_config_of(r_).cookie_domains) {
      const Rule sides = expanded(r_, rule);
      if (starts_with_ignoring_case(value, sides.internal)) return sides.public_part;
    }
    return std::nullopt;
  }

 private:
  request_rec* r_;
};

}  // namespace

const char* public_url(request_rec* r, const char* url) {
  if (r->proxyreq != PROXYREQ_REVERSE) return url;
  for (const ReverseRule& rule : dir_config_of(r).reverse) {
    if (const char* mapped = match_rule(r, expanded(r, rule), url)) return mapped;
  }
  return url;
}

const char* public_cookie(request_rec* r, const char* cookie) {
  const DirConfig& dir = dir_config_of(r);
  if (r->proxyreq != PROXYREQ_REVERSE || (dir.cookie_paths.empty() && dir.cookie_domains.empty())) return cookie;
  const std::optional<std::string> rewritten = routing::rewrite_cookie(cookie, RequestCookieRules(r));
  return rewritten ? copy_in(r->pool, *rewritten) : cookie;
}

}  // namespace cxxproxy::httpd
