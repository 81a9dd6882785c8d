#include "httpd/directives.hpp"

#include "httpd/keys.hpp"
#include "httpd/log.hpp"
#include "httpd/warnings.hpp"

APLOG_USE_MODULE(proxy);

namespace cxxproxy::httpd {
namespace {

// What the words behind ProxyPass or ProxyPassMatch say.
struct Words {
  const char* path = nullptr;
  char* target = nullptr;
  bool is_regex = false;
  Mapping mapping{};
  KeyList keys;
};

const char* read_mapping_key(const cmd_parms* cmd, Words& words, const char* value) {
  if (strcasecmp(value, "encoded") == 0) {
    words.mapping.encoded = true;
  } else if (strcasecmp(value, "servlet") == 0) {
    words.mapping.encoded = words.mapping.servlet = true;
  } else {
    return complaint(cmd,
                     apr_pstrcat(cmd->pool, "unknown mapping '", value, "', expected encoded or servlet", nullptr));
  }
  return nullptr;
}

// A word behind the target: a flag or key=value.
const char* read_parameter(const cmd_parms* cmd, Words& words, char* word) {
  if (strcasecmp(word, "nocanon") == 0) {
    words.mapping.nocanon = true;
  } else if (strcasecmp(word, "interpolate") == 0) {
    words.mapping.interpolate = true;
  } else if (strcasecmp(word, "noquery") == 0) {
    words.mapping.noquery = true;
  } else {
    const char* given = apr_pstrdup(cmd->pool, word);
    const KeyValue parameter = split_key_value(word);
    if (!parameter.value && cmd->path && *words.target == '/') {
      return complaint(cmd, apr_pstrcat(cmd->pool, "'", words.target, "' is a path, and there can be none inside ",
                                        cmd->path, ": give only the URL", nullptr));
    }
    if (!parameter.value) {
      return complaint(cmd, apr_pstrcat(cmd->pool, "unknown parameter '", given,
                                        "', expected key=value, nocanon, interpolate or noquery", nullptr));
    }
    if (strcasecmp(parameter.key, "mapping") == 0) return read_mapping_key(cmd, words, parameter.value);
    words.keys.add(parameter);
  }
  return nullptr;
}

const char* read_words(const cmd_parms* cmd, const char* arguments, Words& words) {
  words.path = cmd->path;
  while (*arguments) {
    char* word = ap_getword_conf(cmd->pool, &arguments);
    if (!words.path && strcmp(word, "~") == 0) {
      if (strcasecmp(cmd->cmd->name, "ProxyPassMatch") == 0)
        return complaint(cmd, "'~' is for ProxyPass only: ProxyPassMatch takes a regex anyway");
      words.is_regex = true;
    } else if (!words.path) {
      words.path = word;
    } else if (!words.target) {
      words.target = word;
    } else if (const char* wrong = read_parameter(cmd, words, word)) {
      return wrong;
    }
  }
  if (!words.target) return complaint(cmd, "a path and a URL (or !) are needed; inside <Location> only the URL");
  return nullptr;
}

const char* use_balancer(const cmd_parms* cmd, ServerConfig& config, const Words& words, const Mapping& mapping) {
  const char* front_path = mapping.regex ? nullptr : words.path;
  Balancer* balancer = find_balancer(config, words.target);
  if (balancer) {
    note_front_path(cmd->pool, *balancer, front_path);
  } else {
    const char* wrong = define_balancer(cmd->pool, config, words.target, front_path, balancer);
    if (wrong) return complaint(cmd, wrong);
    balancer->defined_at = place_of(cmd);
  }
  for (const KeyValue& word : words.keys.keys) {
    if (const char* wrong = set_balancer_key(cmd->pool, *balancer, word.key, word.value)) return complaint(cmd, wrong);
  }
  return nullptr;
}

const char* use_member(const cmd_parms* cmd, ServerConfig& config, const Words& words, const Mapping& mapping) {
  Member* member =
      find_member(config, nullptr, mapping.target, mapping.regex ? MemberKind::Pattern : MemberKind::Plain);
  const bool shared = member != nullptr;
  if (shared) {
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, cmd->server,
                 APLOGNO(01145) "Sharing worker '%s' instead of creating new worker '%s'", member->name,
                 mapping.target);
  } else {
    const NewMember wanted{
        .pool = cmd->pool, .config = &config, .url = words.target, .is_pattern = mapping.regex != nullptr};
    if (const char* wrong = define_member(wanted, member)) return complaint(cmd, wrong);
    member->defined_at = place_of(cmd);
    inherit_server_settings(*member, config);
  }
  return set_member_keys(cmd, *member, words.keys, shared);
}

Mapping* keep_mapping(const cmd_parms* cmd, DirConfig& dir, ServerConfig& config, const Mapping& mapping) {
  config.has_encoded_mapping |= mapping.encoded;
  config.has_plain_mapping |= !mapping.encoded;
  if (!cmd->path) return &config.mappings.push(mapping);
  Mapping& own = make_in<Mapping>(cmd->pool, mapping);
  dir.mapping = &own;
  return &own;
}

const char* compile(const cmd_parms* cmd, const Words& words, Mapping& mapping) {
  const bool wildcard_location = cmd->path && apr_fnmatch_test(words.path);
  if (!words.is_regex && !wildcard_location) return nullptr;
  mapping.regex = ap_pregcomp(cmd->pool, words.path, AP_REG_EXTENDED);
  if (mapping.regex) return nullptr;
  return complaint(cmd, apr_pstrcat(cmd->pool, "Regular expression '", words.path, "' could not be compiled", nullptr));
}

const char* read_mapping(cmd_parms* cmd, void* dir, const char* arguments, bool is_regex) {
  if (const char* wrong = ap_check_cmd_context(cmd, NOT_IN_DIRECTORY | NOT_IN_FILES)) return wrong;
  Words words;
  words.is_regex = is_regex;
  words.keys.keys = PoolArray<KeyValue>(cmd->pool);
  if (const char* wrong = read_words(cmd, arguments, words)) return wrong;

  Mapping mapping = words.mapping;
  mapping.path = words.path;
  mapping.target = without_unix_path(cmd->pool, words.target);
  mapping.defined_at = place_of(cmd);
  if (!mapping.target) {
    return complaint(cmd, apr_pstrcat(cmd->pool, "'", words.target,
                                      "' is an invalid \"unix:\" URL, expected "
                                      "unix:/path|scheme://host/",
                                      nullptr));
  }
  if (read_origin_forms(cmd->pool, mapping.target, mapping.origin) != OriginFault::None) mapping.origin = {};
  if (const char* wrong = compile(cmd, words, mapping)) return wrong;
  ServerConfig& config = config_of(cmd->server);
  Mapping* kept = keep_mapping(cmd, *static_cast<DirConfig*>(dir), config, mapping);
  if (mapping.excludes()) return nullptr;
  log_warnings(surprises_of(mapping, cmd->path != nullptr), cmd->server);
  return names_balancer(words.target) ? use_balancer(cmd, config, words, *kept) : use_member(cmd, config, words, *kept);
}

bool says_interpolate(const char* word) { return strcasecmp(word, "interpolate") == 0; }

}  // namespace

const char* add_mapping(cmd_parms* cmd, void* dir, const char* arguments) noexcept {
  return read_mapping(cmd, dir, arguments, false);
}

const char* add_mapping_match(cmd_parms* cmd, void* dir, const char* arguments) noexcept {
  return read_mapping(cmd, dir, arguments, true);
}

const char* add_reverse(cmd_parms* cmd, void* dir, const char* a, const char* b, const char* c) noexcept {
  if (const char* wrong = ap_check_cmd_context(cmd, NOT_IN_DIRECTORY | NOT_IN_FILES)) return wrong;
  DirConfig& config = *static_cast<DirConfig*>(dir);
  if (cmd->path) {
    if (b && !says_interpolate(b)) {
      return complaint(cmd, apr_pstrcat(cmd->pool, "there can be no path ('", a, "') inside ", cmd->path,
                                        ": give only the URL", nullptr));
    }
    config.reverse.push({cmd->path, a, b != nullptr});
    return nullptr;
  }
  if (!b || says_interpolate(b)) {
    return complaint(cmd, apr_pstrcat(cmd->pool, "a path is needed before '", a, "' outside <Location>", nullptr));
  }
  config.reverse.push({a, b, c != nullptr});
  return nullptr;
}

const char* add_cookie_path(cmd_parms*, void* dir, const char* internal, const char* pub, const char* c) noexcept {
  static_cast<DirConfig*>(dir)->cookie_paths.push({pub, internal, c != nullptr});
  return nullptr;
}

const char* add_cookie_domain(cmd_parms*, void* dir, const char* internal, const char* pub, const char* c) noexcept {
  static_cast<DirConfig*>(dir)->cookie_domains.push({pub, internal, c != nullptr});
  return nullptr;
}

}  // namespace cxxproxy::httpd
