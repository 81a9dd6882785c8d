#include "httpd/routing.hpp"

#include "httpd/config.hpp"
#include "httpd/contain.hpp"
#include "httpd/routed_url.hpp"
#include "httpd/scheme.hpp"
#include "httpd/server_index.hpp"
#include "httpd/target_url.hpp"
#include "routing/member_name.hpp"
#include "routing/path_match.hpp"

#include <array>

APLOG_USE_MODULE(proxy);

namespace cxxproxy::httpd {
namespace {

// What matching one mapping came to.
struct Match {
  enum class Kind { None, Excluded, Found, Refused, Failed } kind = Kind::None;
  char* filename = nullptr;            // "proxy:URL"
  const char* servlet_path = nullptr;  // what the request's path becomes
  bool raw = false;                    // nocanon applies
};

// The path as it was sent, where nocanon asks for it and it can be had safely.
struct Paths {
  const char* decoded;
  const char* sent;
};

char* joined(request_rec* r, std::string_view target, std::string_view rest) {
  const char* between = routing::needs_slash(target, rest) ? "/" : "";
  return joined_in(r->pool, {"proxy:", target, between, rest});
}

void warn_unsafe_nocanon(const request_rec* r) {
  ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                APLOGNO(01136) "Unescaped URL path matched ProxyPass; ignoring unsafe nocanon");
}

Match match_regex(request_rec* r, const Mapping& mapping, const char* target, const Paths& paths) {
  std::array<ap_regmatch_t, AP_MAX_REG_MATCH> groups;
  if (ap_regexec(mapping.regex, paths.decoded, groups.size(), groups.data(), 0) != 0) return {};
  if (mapping.excludes()) return {Match::Kind::Excluded};
  const char* path = paths.decoded;
  bool raw = mapping.nocanon;
  if (raw) {
    std::array<ap_regmatch_t, AP_MAX_REG_MATCH> sent_groups;
    raw = ap_regexec(mapping.regex, paths.sent, sent_groups.size(), sent_groups.data(), 0) == 0;
    if (raw) {
      path = paths.sent;
      groups = sent_groups;
    } else {
      warn_unsafe_nocanon(r);
    }
  }
  const char* url = ap_pregsub(r->pool, target, path, groups.size(), groups.data());
  if (!url) {
    ap_log_rerror(APLOG_MARK, APLOG_CRIT, 0, r,
                  APLOGNO(01135) "Substitution in regular expression failed. Replacement too long?");
    return {Match::Kind::Failed};
  }
  // Without a back-reference the whole path is meant.
  if (strcmp(url, target) == 0) return {Match::Kind::Found, joined(r, target, path), nullptr, raw};
  const std::optional<std::string> checked = routing::checked_expansion(target, url);
  if (!checked) {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  CXXPROXY_LOGNO(0302) "ProxyPassMatch at %s: the request would bring a user's name into the target, "
                                       "refused",
                  mapping.defined_at);
    return {Match::Kind::Refused};
  }
  return {Match::Kind::Found, joined_in(r->pool, {"proxy:", *checked}), nullptr, raw};
}

Match match_prefix(request_rec* r, const Mapping& mapping, const char* prefix, const char* target, const Paths& paths) {
  const std::optional<std::size_t> length = routing::match_prefix(paths.decoded, prefix);
  if (!length) return {};
  if (mapping.excludes()) return {Match::Kind::Excluded};
  const char* path = paths.decoded;
  bool raw = mapping.nocanon;
  if (raw) {
    raw = routing::match_prefix(paths.sent, prefix) == length;
    if (raw) {
      path = paths.sent;
    } else {
      warn_unsafe_nocanon(r);
    }
  }
  return {Match::Kind::Found, joined(r, target, path + *length), nullptr, raw};
}

Match match_servlet(request_rec* r, const Mapping& mapping, const char* prefix, const char* target,
                    const Paths& paths) {
  const std::optional<routing::ServletMatch> match = routing::match_servlet(paths.decoded, prefix);
  if (!match) return {};
  if (mapping.excludes()) return {Match::Kind::Excluded};
  return {Match::Kind::Found, joined(r, target, paths.decoded + match->length), copy_in(r->pool, match->normalized)};
}

Match match(request_rec* r, const Mapping& mapping, const DirConfig& dir) {
  const bool expand = mapping.interpolate && dir.interpolate_env.value_or(false);
  const char* path = expand ? interpolate(r, mapping.path) : mapping.path;
  const char* target = expand ? interpolate(r, mapping.target) : mapping.target;
  const Paths paths{r->uri, r->unparsed_uri};
  ap_log_rerror(APLOG_MARK, APLOG_TRACE2, 0, r,
                APLOGNO(03461) "attempting to match URI path '%s' against %s '%s' for proxying", r->uri,
                mapping.regex ? "pattern" : "prefix", path);
  if (mapping.regex) return match_regex(r, mapping, target, paths);
  return mapping.servlet ? match_servlet(r, mapping, path, target, paths)
                         : match_prefix(r, mapping, path, target, paths);
}

void proxy_to(request_rec* r, const Mapping& mapping, const Match& found) {
  r->filename = found.filename;
  r->handler = "proxy-server";
  r->proxyreq = PROXYREQ_REVERSE;
  if (found.raw) apr_table_setn(r->notes, "proxy-nocanon", "1");
  if (mapping.noquery) apr_table_setn(r->notes, "proxy-noquery", "1");
  if (mapping.encoded) apr_table_setn(r->notes, "proxy-noencode", "1");
  note_mapping(r, mapping);
  ap_log_rerror(APLOG_MARK, APLOG_TRACE1, 0, r, APLOGNO(03464) "URI path '%s' matches proxy handler '%s'", r->uri,
                r->filename);
  // parsed_uri.path is the same memory, and <Location> must see the path without its parameters.
  if (found.servlet_path) strcpy(r->uri, found.servlet_path);
}

// With ProxyWebsocketFallbackToProxyHttp Off a WebSocket backend gets nothing but upgrades.
bool is_no_upgrade(request_rec* r, const DirConfig& dir, const Match& found) {
  if (dir.websocket_fallback.value_or(true) || apr_table_get(r->headers_in, "Upgrade")) return false;
  return is_websocket(scheme_of(found.filename + strlen("proxy:")));
}

// Nothing: this mapping says nothing about the request.
std::optional<int> try_mapping(request_rec* r, const Mapping& mapping, const DirConfig& dir) {
  const Match found = match(r, mapping, dir);
  switch (found.kind) {
    case Match::Kind::None:
      return std::nullopt;
    case Match::Kind::Excluded:
      ap_log_rerror(APLOG_MARK, APLOG_TRACE1, 0, r,
                    APLOGNO(03463) "proxying is explicitly disabled for URI path '%s'; declining", r->uri);
      return DECLINED;
    case Match::Kind::Refused:
      return HTTP_BAD_REQUEST;
    case Match::Kind::Failed:
      return HTTP_INTERNAL_SERVER_ERROR;
    case Match::Kind::Found:
      break;
  }
  if (is_no_upgrade(r, dir, found)) return std::nullopt;
  proxy_to(r, mapping, found);
  return mapping.encoded ? DONE : OK;
}

// The server's mappings in the order of the configuration, but for those that cannot catch the path.
std::optional<int> try_server_mappings(request_rec* r, const ServerConfig& config, bool encoded, const DirConfig& dir) {
  const MappingIndex& index = config.index->mappings(encoded);
  const std::size_t prefix = index.first_prefix(r->uri).value_or(config.mappings.size());
  for (const std::size_t number : index.others()) {
    if (number > prefix) break;
    if (const std::optional<int> result = try_mapping(r, config.mappings[number], dir)) return result;
  }
  if (prefix == config.mappings.size()) return std::nullopt;
  return try_mapping(r, config.mappings[prefix], dir);
}

// The same one by one: with a line in the log for each that is looked at, and where the one that matches may not apply.
std::optional<int> try_each_server_mapping(request_rec* r, const ServerConfig& config, bool encoded,
                                           const DirConfig& dir) {
  for (const Mapping& mapping : config.mappings) {
    if (mapping.encoded != encoded) continue;
    if (const std::optional<int> result = try_mapping(r, mapping, dir)) return result;
  }
  return std::nullopt;
}

int find_mapping(request_rec* r, bool encoded) {
  if (r->proxyreq) return encoded ? DONE : OK;
  const ServerConfig& config = config_of(r->server);
  if (encoded ? !config.has_encoded_mapping : !config.has_plain_mapping) return DECLINED;
  if (strcmp(r->unparsed_uri, "*") == 0 || !r->uri || r->uri[0] != '/') return DECLINED;
  // A tunnel to wherever the client says has no place in a reverse proxy.
  if (r->method_number == M_CONNECT) return DECLINED;
  if (apr_table_get(r->subprocess_env, "no-proxy")) return DECLINED;

  const DirConfig& dir = dir_config_of(r);
  if (dir.mapping && dir.mapping->encoded == encoded) {
    if (const std::optional<int> result = try_mapping(r, *dir.mapping, dir)) return *result;
  }
  const bool each = APLOG_R_IS_LEVEL(r, APLOG_TRACE2) || !dir.websocket_fallback.value_or(true);
  const auto try_all = each ? try_each_server_mapping : try_server_mappings;
  return try_all(r, config, encoded, dir).value_or(DECLINED);
}

void export_captures(request_rec* r, const DirConfig& section, const char* url,
                     const std::array<ap_regmatch_t, AP_MAX_REG_MATCH>& groups) {
  for (std::size_t i = 0; i < section.section_captures.size() && i < groups.size(); ++i) {
    const char* name = section.section_captures[i];
    if (!name || groups[i].rm_so < 0) continue;
    apr_table_setn(
        r->subprocess_env, name,
        apr_pstrmemdup(r->pool, url + groups[i].rm_so, static_cast<apr_size_t>(groups[i].rm_eo - groups[i].rm_so)));
  }
}

bool section_applies(request_rec* r, const DirConfig& section, const char* url) {
  if (section.section_regex) {
    std::array<ap_regmatch_t, AP_MAX_REG_MATCH> groups;
    if (ap_regexec(section.section_regex, url, groups.size(), groups.data(), 0) != 0) return false;
    export_captures(r, section, url, groups);
    return true;
  }
  return section_matches(section, url);
}

int walk_sections(request_rec* r) {
  const char* url = proxied_url(r);
  if (!url) return DECLINED;
  for (ap_conf_vector_t* settings : config_of(r->server).sections) {
    if (!section_applies(r, config_of(settings), url)) continue;
    r->per_dir_config = ap_merge_per_dir_configs(r->pool, r->per_dir_config, settings);
  }
  return OK;
}

int find_encoded(request_rec* r) { return find_mapping(r, true); }
int find_decoded(request_rec* r) { return find_mapping(r, false); }

}  // namespace

bool section_matches(const DirConfig& section, const char* url) noexcept {
  if (section.section_regex) return ap_regexec(section.section_regex, url, 0, nullptr, 0) == 0;
  if (section.section_has_wildcards) return apr_fnmatch(section.section_url, url, 0) == APR_SUCCESS;
  return strncmp(url, section.section_url, strlen(section.section_url)) == 0;
}

int match_encoded(request_rec* r) noexcept { return contain<find_encoded, HTTP_INTERNAL_SERVER_ERROR>(r); }
int match_decoded(request_rec* r) noexcept { return contain<find_decoded, HTTP_INTERNAL_SERVER_ERROR>(r); }
int apply_sections(request_rec* r) noexcept { return contain<walk_sections, HTTP_INTERNAL_SERVER_ERROR>(r); }
int fix_url(request_rec* r) noexcept { return contain<canonicalize, HTTP_INTERNAL_SERVER_ERROR>(r); }

}  // namespace cxxproxy::httpd
