#include "httpd/directives.hpp"

#include <utility>

namespace cxxproxy::httpd {
namespace {

// The regular expression of a <ProxyMatch>, with MATCH_NAME for each of its named groups.
const char* compile(const cmd_parms* cmd, const char* pattern, ap_regex_t*& regex, PoolArray<const char*>& captures) {
  regex = ap_pregcomp(cmd->pool, pattern, AP_REG_EXTENDED);
  if (!regex) {
    return complaint(cmd, apr_pstrcat(cmd->pool, "Regular expression '", pattern, "' could not be compiled", nullptr));
  }
  captures = PoolArray<const char*>(cmd->pool);
  if (ap_regname(regex, captures.handle(), AP_REG_MATCH, 1) < 0) {
    return complaint(cmd, apr_pstrcat(cmd->pool, "the named groups of '", pattern, "' could not be read", nullptr));
  }
  return nullptr;
}

const char* check_arguments(const cmd_parms* cmd, const DirConfig& section, const char* arguments) {
  if (section.section_regex) {
    return complaint(
        cmd, apr_pstrcat(cmd->pool, "there can be nothing behind the regular expression: '", arguments, "'", nullptr));
  }
  if (section.section_has_wildcards) {
    return complaint(cmd, apr_pstrcat(cmd->pool, "no key=value can follow '", section.section_url,
                                      "', which has wildcards", nullptr));
  }
  if (!strchr(section.section_url, ':')) {
    return complaint(cmd, apr_pstrcat(cmd->pool, "no key=value can follow '", section.section_url,
                                      "', which is not a URL", nullptr));
  }
  return nullptr;
}

// Restores what a section changes of the parser's state, however reading it ends.
class ParserState {
 public:
  explicit ParserState(cmd_parms* cmd) : cmd_(cmd), path_(cmd->path), override_(cmd->override) {}
  ParserState(const ParserState&) = delete;
  ParserState& operator=(const ParserState&) = delete;
  ~ParserState() {
    cmd_->path = path_;
    cmd_->override = override_;
  }

 private:
  cmd_parms* cmd_;
  char* path_;
  int override_;
};

const char* read_section(cmd_parms* cmd, const char* arguments, bool is_match) {
  if (const char* wrong = ap_check_cmd_context(cmd, NOT_IN_DIR_CONTEXT)) return wrong;
  const char* end = strrchr(arguments, '>');
  if (!end) return apr_pstrcat(cmd->pool, cmd->cmd->name, "> directive missing closing '>'", nullptr);
  arguments = apr_pstrmemdup(cmd->pool, arguments, static_cast<apr_size_t>(end - arguments));

  const ParserState restored(cmd);
  cmd->path = ap_getword_conf(cmd->pool, &arguments);
  cmd->override = OR_ALL | ACCESS_CONF | PROXY_CONF;
  if (strncasecmp(cmd->path, "proxy:", 6) == 0) cmd->path += 6;
  const char* url = cmd->path;

  ap_regex_t* regex = nullptr;
  PoolArray<const char*> captures;
  if (is_match) {
    if (const char* wrong = compile(cmd, url, regex, captures)) return wrong;
  }
  ap_conf_vector_t* settings = ap_create_per_dir_config(cmd->pool);
  DirConfig& section =
      *static_cast<DirConfig*>(ap_set_config_vectors(cmd->server, settings, cmd->path, &proxy_module, cmd->pool));
  if (const char* wrong = ap_walk_config(cmd->directive->first_child, cmd, settings)) return wrong;
  section.section_url = url;
  section.section_regex = regex;
  section.section_has_wildcards = apr_fnmatch_test(url);
  section.section_captures = captures;
  config_of(cmd->server).sections.push(settings);

  if (*arguments == '\0') return nullptr;
  if (const char* wrong = check_arguments(cmd, section, arguments)) return wrong;
  return set_section_keys(cmd, url, arguments, settings);
}

}  // namespace

const char* begin_section(cmd_parms* cmd, void*, const char* arguments) noexcept {
  return read_section(cmd, arguments, false);
}

const char* begin_match_section(cmd_parms* cmd, void*, const char* arguments) noexcept {
  return read_section(cmd, arguments, true);
}

}  // namespace cxxproxy::httpd
