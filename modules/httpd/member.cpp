#include "httpd/member.hpp"

#include "httpd/config.hpp"
#include "routing/member_name.hpp"
#include "wire/url.hpp"

#include <apr_uri.h>

#include <algorithm>
#include <string>

namespace cxxproxy::httpd {
namespace {

// The limits of the stock modules, so that what they refuse is refused here too.
constexpr std::size_t host_limit = 256;
constexpr std::size_t unix_path_limit = 96;
constexpr std::size_t balancer_name_limit = 96;
constexpr std::size_t front_path_limit = 64;

constexpr std::string_view balancer_scheme = "balancer://";

bool is_reference(const char* text) { return text[0] == '$' && apr_isdigit(text[1]); }

char* part(apr_pool_t* pool, const char* begin, const char* end) {
  return apr_pstrmemdup(pool, begin, static_cast<apr_size_t>(end - begin));
}

// A regex mapping may leave host or port to the request (http://$1.example/, http://h:80$2): then no address can be
// kept. References in the port are cut out for apr_uri_parse, which knows nothing of them.
struct PatternUrl {
  const char* parseable;
  const char* port_references = nullptr;
  bool address_varies = false;
};

PatternUrl read_pattern(apr_pool_t* pool, const char* url) {
  PatternUrl read{url};
  const char* at = strstr(url, "://");
  if (!at) return read;
  for (at += 3; *at && *at != ':' && *at != '/'; ++at) {
    if (*at == '$') read.address_varies = true;
  }
  if (*at != ':') return read;
  for (++at; *at && !is_reference(at) && *at != '/'; ++at) {
  }
  if (!is_reference(at)) return read;
  const char* path = at + strcspn(at, "/");
  read.port_references = part(pool, at, path);
  read.parseable = apr_pstrcat(pool, part(pool, url, at), path, nullptr);
  read.address_varies = true;
  return read;
}

struct ParsedUrl {
  apr_uri_t uri;
  const char* unix_path = "";
  bool address_varies = false;
};

// Where in a `unix:path|url` the bar is, or null for any other URL.
const char* unix_bar(const char* url) { return strncasecmp(url, "unix:", 5) == 0 ? strchr(url + 5, '|') : nullptr; }

// Reads `unix:path|url` or a plain URL. Null, or what is wrong.
const char* parse(const NewMember& wanted, ParsedUrl& parsed) {
  apr_pool_t* pool = wanted.pool;
  PatternUrl pattern{wanted.url};
  if (const char* bar = unix_bar(wanted.url)) {
    apr_uri_t socket;
    if (apr_uri_parse(pool, part(pool, wanted.url, bar), &socket) == APR_SUCCESS) {
      const char* path = ap_runtime_dir_relative(pool, socket.path);
      parsed.unix_path = path ? path : "";
      pattern.parseable = bar + 1;
    }
  }
  if (wanted.is_pattern) pattern = read_pattern(pool, pattern.parseable);
  if (apr_uri_parse(pool, pattern.parseable, &parsed.uri) != APR_SUCCESS) {
    return apr_pstrcat(pool, "Unable to parse URL '", wanted.url, "', expected scheme://host[:port][/path]", nullptr);
  }
  if (!parsed.uri.hostname || !*parsed.uri.hostname) {
    parsed.uri.hostname = *parsed.unix_path ? apr_pstrdup(pool, "localhost") : nullptr;
  }
  if (!parsed.uri.scheme || !parsed.uri.hostname) {
    return apr_pstrcat(pool, "URL '", wanted.url, "' must be absolute, expected scheme://host[:port][/path]", nullptr);
  }
  ap_str_tolower(parsed.uri.scheme);
  ap_str_tolower(parsed.uri.hostname);
  parsed.address_varies = pattern.address_varies;
  if (pattern.port_references) parsed.uri.path = apr_pstrcat(pool, pattern.port_references, parsed.uri.path, nullptr);
  return nullptr;
}

const char* check_limits(apr_pool_t* pool, const ParsedUrl& parsed) {
  if (strlen(parsed.uri.hostname) >= host_limit) {
    return apr_psprintf(pool, "worker hostname '%s' is too long, at most %d characters", parsed.uri.hostname,
                        static_cast<int>(host_limit) - 1);
  }
  if (strlen(parsed.unix_path) >= unix_path_limit) {
    return apr_psprintf(pool, "worker unix socket path '%s' is too long, at most %d characters", parsed.unix_path,
                        static_cast<int>(unix_path_limit) - 1);
  }
  return nullptr;
}

Member& member_of(const NewMember& wanted, ParsedUrl& parsed) {
  Member& member = *static_cast<Member*>(apr_pcalloc(wanted.pool, sizeof(Member)));
  ::new (&member) Member{};
  const apr_port_t usual = wire::default_port(parsed.uri.scheme).value_or(0);
  member.port = parsed.uri.port ? parsed.uri.port : usual;
  if (parsed.uri.port == usual) parsed.uri.port = 0;
  member.name = apr_uri_unparse(wanted.pool, &parsed.uri, APR_URI_UNP_REVEALPASSWORD);
  member.scheme = parsed.uri.scheme;
  member.host = parsed.uri.hostname;
  member.unix_path = parsed.unix_path;
  member.is_pattern = wanted.is_pattern;
  member.balancer = wanted.balancer;
  member.origin = wanted.is_pattern ? nullptr : read_origin(wanted.pool, member.name);
  member.settings.fixed_address = !parsed.address_varies;
  member.settings.address_ttl.value = parsed.address_varies ? 0 : -1;
  member.settings.disable_reuse.value = parsed.address_varies || (wanted.is_pattern && strchr(member.name, '$'));
  return member;
}

}  // namespace

const char* Member::display_name(apr_pool_t* pool) const {
  return *unix_path ? apr_pstrcat(pool, "unix:", unix_path, "|", name, nullptr) : name;
}

const char* make_member(const NewMember& wanted, Member*& made) {
  ParsedUrl parsed;
  if (const char* wrong = parse(wanted, parsed)) return wrong;
  if (const char* wrong = check_limits(wanted.pool, parsed)) return wrong;
  made = &member_of(wanted, parsed);
  return nullptr;
}

const char* define_member(const NewMember& wanted, Member*& made) {
  if (const char* wrong = make_member(wanted, made)) return wrong;
  PoolArray<Member*>& siblings = wanted.balancer ? wanted.balancer->members : wanted.config->members;
  made->index = static_cast<std::uint16_t>(siblings.size());
  siblings.push(made);
  return nullptr;
}

Member* find_member(const ServerConfig& config, const Balancer* balancer, std::string_view url, MemberKind kind) {
  const std::size_t authority = routing::authority_length(url);
  if (authority == 0) return nullptr;
  const std::string wanted = routing::comparable_url(url);
  Member* best = nullptr;
  std::size_t best_length = 0;
  for (Member* member : balancer ? balancer->members : config.members) {
    const std::string_view name = member->name;
    if (name.size() > wanted.size() || name.size() <= best_length) continue;
    const bool long_enough = name.size() >= authority || (member->is_pattern && !member->settings.fixed_address);
    if (!long_enough) continue;
    const bool matches = member->is_pattern
                             ? kind != MemberKind::Plain && routing::matches_pattern(wanted, name)
                             : kind != MemberKind::Pattern && std::string_view(wanted).substr(0, name.size()) == name;
    if (matches) {
      best = member;
      best_length = name.size();
    }
  }
  return best;
}

const char* without_unix_path(apr_pool_t* pool, const char* url) {
  const char* bar = unix_bar(url);
  if (!bar) return url;
  const char* rest = bar + 1;
  const char* colon = strchr(rest, ':');
  if (!colon) return nullptr;
  if (colon[1] == '\0') return apr_pstrcat(pool, rest, "//localhost", nullptr);
  if (strcmp(colon + 1, "//") == 0) return apr_pstrcat(pool, rest, "localhost", nullptr);
  return rest;
}

bool names_balancer(std::string_view url) noexcept {
  return url.size() >= balancer_scheme.size() - 2 && (url[0] | 0x20) == 'b' &&
         strncasecmp(url.data(), balancer_scheme.data(), balancer_scheme.size() - 2) == 0;
}

namespace {

// scheme://name in lower case, no path; empty when there is no name.
std::string balancer_key(std::string_view url) {
  return routing::comparable_url(url.substr(0, routing::authority_length(url)));
}

// The part of a mapping's path that names a path, as the manager's page shows it.
const char* set_front_path(apr_pool_t* pool, Balancer& balancer, const char* path) {
  if (!path) return nullptr;
  apr_uri_t uri;
  if (apr_uri_parse(pool, path, &uri) != APR_SUCCESS) return apr_psprintf(pool, "unable to parse path '%s'", path);
  if (!uri.path) return nullptr;
  if (strlen(uri.path) >= front_path_limit) {
    return apr_psprintf(pool, "front-end path '%s' of balancer %s is too long, at most %d characters", uri.path,
                        balancer.name, static_cast<int>(front_path_limit) - 1);
  }
  balancer.front_path = uri.path;
  return nullptr;
}

}  // namespace

Balancer* find_balancer(const ServerConfig& config, std::string_view url) {
  const std::string key = balancer_key(url);
  if (key.empty()) return nullptr;
  for (Balancer* balancer : config.balancers) {
    if (key == balancer->name) return balancer;
  }
  return nullptr;
}

void note_front_path(apr_pool_t* pool, Balancer& balancer, const char* path) {
  static_cast<void>(set_front_path(pool, balancer, path));
}

const char* define_balancer(apr_pool_t* pool, ServerConfig& config, const char* url, const char* front_path,
                            Balancer*& made) {
  const std::string key = balancer_key(url);
  if (key.empty()) return apr_psprintf(pool, "Bad syntax for a balancer name '%s', expected balancer://name", url);
  if (key.size() >= balancer_name_limit) {
    return apr_psprintf(pool, "balancer name '%s' is too long, at most %d characters", url,
                        static_cast<int>(balancer_name_limit) - 1);
  }
  Balancer& balancer = *::new (apr_pcalloc(pool, sizeof(Balancer))) Balancer{};
  balancer.name = copy_in(pool, key);
  balancer.front_path = "";
  balancer.members = PoolArray<Member*>(pool);
  made = &balancer;
  config.balancers.push(made);
  return set_front_path(pool, balancer, front_path);
}

}  // namespace cxxproxy::httpd
