#include "httpd/directives.hpp"

#include "httpd/keys.hpp"
#include "httpd/log.hpp"

APLOG_USE_MODULE(proxy);

namespace cxxproxy::httpd {
namespace {

struct Words {
  char* balancer = nullptr;
  const char* url = nullptr;
  KeyList keys;
};

const char* read_words(const cmd_parms* cmd, const char* arguments, Words& words) {
  if (cmd->path) words.balancer = apr_pstrdup(cmd->pool, cmd->path);
  while (*arguments) {
    char* word = ap_getword_conf(cmd->pool, &arguments);
    const KeyValue parameter = split_key_value(word);
    if (parameter.value) {
      words.keys.add(parameter);
    } else if (!words.balancer) {
      words.balancer = word;
    } else if (!words.url) {
      words.url = word;
    } else if (cmd->path) {
      return complaint(cmd, apr_pstrcat(cmd->pool, "'", words.url, "' and '", word, "': no balancer name inside ",
                                        cmd->path, ", only the member's URL and key=value", nullptr));
    } else {
      return complaint(cmd, apr_pstrcat(cmd->pool, "unknown parameter '", word, "', expected key=value", nullptr));
    }
  }
  if (!words.balancer) return complaint(cmd, "a balancer://name is needed outside its <Proxy> section");
  if (!words.url) return complaint(cmd, "the member's URL is missing, expected scheme://host[:port]");
  return nullptr;
}

// The balancer of that name, made if there is none. Null, or what is wrong.
const char* balancer_for(const cmd_parms* cmd, ServerConfig& config, const char* name, Balancer*& balancer) {
  balancer = find_balancer(config, name);
  if (balancer) return nullptr;
  const char* wrong = define_balancer(cmd->pool, config, name, "/", balancer);
  if (wrong) return complaint(cmd, wrong);
  balancer->defined_at = place_of(cmd);
  return nullptr;
}

// What ProxySet or a section is about.
struct Subject {
  Balancer* balancer = nullptr;
  Member* member = nullptr;
};

}  // namespace

const char* add_balancer_member(cmd_parms* cmd, void*, const char* arguments) noexcept {
  if (const char* wrong = ap_check_cmd_context(cmd, NOT_IN_HTACCESS)) return wrong;
  Words words;
  words.keys.keys = PoolArray<KeyValue>(cmd->pool);
  if (const char* wrong = read_words(cmd, arguments, words)) return wrong;
  const char* url = without_unix_path(cmd->pool, words.url);
  if (!url) {
    return complaint(cmd, apr_pstrcat(cmd->pool, "'", words.url,
                                      "' is an invalid \"unix:\" URL, expected unix:/path|scheme://host", nullptr));
  }
  ap_str_tolower(words.balancer);

  ServerConfig& config = config_of(cmd->server);
  Balancer* balancer;
  if (const char* wrong = balancer_for(cmd, config, words.balancer, balancer)) return wrong;
  Member* member = find_member(config, balancer, url, MemberKind::Any);
  const bool shared = member != nullptr;
  if (shared) {
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, cmd->server,
                 APLOGNO(01149) "Sharing worker '%s' instead of creating new worker '%s'", member->name, words.url);
  } else {
    const NewMember wanted{.pool = cmd->pool, .config = &config, .balancer = balancer, .url = words.url};
    if (const char* wrong = define_member(wanted, member)) return complaint(cmd, wrong);
    member->defined_at = place_of(cmd);
    inherit_server_settings(*member, config);
  }
  if (!member->section) member->section = balancer->section;
  return set_member_keys(cmd, *member, words.keys, shared);
}

namespace {

bool inside_proxy_section(const cmd_parms* cmd) {
  const ap_directive_t* parent = cmd->directive->parent;
  return parent && strncasecmp(parent->directive, "<Proxy", 6) == 0;
}

// The first word of the section around us, and whether the section is a <ProxyMatch>.
const char* section_name(const cmd_parms* cmd, bool& is_match) {
  const ap_directive_t* parent = cmd->directive->parent;
  is_match = strncasecmp(parent->directive, "<ProxyMatch", 11) == 0;
  const char* arguments = parent->args;
  char* name = ap_getword_conf(cmd->pool, &arguments);
  if (char* end = strchr(name, '>')) *end = '\0';
  return name;
}

const char* find_subject(const cmd_parms* cmd, ServerConfig& config, const char* name, bool may_define, MemberKind kind,
                         Subject& subject) {
  if (names_balancer(name)) {
    subject.balancer = find_balancer(config, name);
    if (subject.balancer) return nullptr;
    if (may_define) return balancer_for(cmd, config, name, subject.balancer);
    return complaint(cmd, apr_pstrcat(cmd->pool, "can not find '", name,
                                      "' Balancer: a BalancerMember or ProxyPass must come before", nullptr));
  }
  const char* url = without_unix_path(cmd->pool, name);
  if (!url) {
    return complaint(cmd, apr_pstrcat(cmd->pool, "'", name,
                                      "' is an invalid \"unix:\" URL, expected unix:/path|scheme://host", nullptr));
  }
  subject.member = find_member(config, nullptr, url, kind);
  if (subject.member) return nullptr;
  if (!may_define) {
    return complaint(
        cmd, apr_pstrcat(cmd->pool, "can not find '", name, "' Worker: a ProxyPass to it must come before", nullptr));
  }
  const NewMember wanted{.pool = cmd->pool, .config = &config, .url = name, .is_pattern = kind == MemberKind::Pattern};
  if (const char* wrong = define_member(wanted, subject.member)) return complaint(cmd, wrong);
  subject.member->defined_at = place_of(cmd);
  return nullptr;
}

const char* set_subject_keys(const cmd_parms* cmd, const Subject& subject, const char* name, const char* arguments) {
  while (*arguments) {
    char* word = ap_getword_conf(cmd->pool, &arguments);
    const KeyValue parameter = split_key_value(word);
    if (!parameter.value) {
      return complaint(cmd, apr_pstrcat(cmd->pool, "unknown parameter '", word, "', expected key=value", nullptr));
    }
    const char* wrong = subject.member ? set_member_key(cmd, *subject.member, parameter.key, parameter.value)
                                       : set_balancer_key(cmd->pool, *subject.balancer, parameter.key, parameter.value);
    if (wrong) return complaint(cmd, apr_pstrcat(cmd->pool, wrong, "; ", name, nullptr));
  }
  return nullptr;
}

}  // namespace

const char* set_keys(cmd_parms* cmd, void*, const char* arguments) noexcept {
  if (const char* wrong = ap_check_cmd_context(cmd, NOT_IN_HTACCESS)) return wrong;
  const bool in_section = inside_proxy_section(cmd);
  MemberKind kind = MemberKind::Any;
  const char* name;
  if (in_section) {
    bool is_match;
    name = section_name(cmd, is_match);
    kind = is_match ? MemberKind::Pattern : MemberKind::Plain;
  } else {
    name = ap_getword_conf(cmd->pool, &arguments);
  }
  Subject subject;
  if (const char* wrong = find_subject(cmd, config_of(cmd->server), name, in_section, kind, subject)) return wrong;
  return set_subject_keys(cmd, subject, name, arguments);
}

const char* set_section_keys(const cmd_parms* cmd, const char* name, const char* arguments, ap_conf_vector_t* section) {
  Subject subject;
  if (const char* wrong = find_subject(cmd, config_of(cmd->server), name, true, MemberKind::Plain, subject))
    return wrong;
  ap_conf_vector_t*& place = subject.member ? subject.member->section : subject.balancer->section;
  if (!place) place = section;
  return set_subject_keys(cmd, subject, name, arguments);
}

}  // namespace cxxproxy::httpd
