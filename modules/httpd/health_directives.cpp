#include "httpd/directives.hpp"

#include "httpd/health/expressions.hpp"
#include "httpd/keys.hpp"
#include "httpd/log.hpp"

#include <ap_expr.h>

APLOG_USE_MODULE(proxy_hcheck);

namespace cxxproxy::httpd {
namespace {

constexpr std::size_t name_limit = 16;

ServerConfig& server_of(const cmd_parms* cmd) { return config_of(cmd->server); }

const char* read_key(const cmd_parms* cmd, char* word, HealthSettings& settings) {
  const KeyValue parameter = split_key_value(word);
  if (!parameter.value) {
    return apr_pstrcat(cmd->pool, "unknown parameter '", word, "', expected key=value", nullptr);
  }
  bool known = false;
  const char* wrong = set_health_key(cmd, settings, parameter.key, parameter.value, known);
  if (known) return wrong;
  return apr_psprintf(cmd->pool, "unknown parameter '%s' (in %s=%s), expected one of %s", parameter.key, parameter.key,
                      parameter.value, health_key_names(cmd->pool));
}

// The first of a name counts.
void warn_if_hidden(const cmd_parms* cmd, const char* name) {
  for (const HealthTemplate& earlier : server_of(cmd).health_templates) {
    if (strcasecmp(earlier.name, name) != 0) continue;
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, cmd->server,
                 CXXPROXY_LOGNO(0210) "ProxyHCTemplate %s at %s is never used: there is one of that name at %s", name,
                 place_of(cmd), earlier.defined_at);
    return;
  }
}

void keep(const cmd_parms* cmd, const HealthExpression& made) {
  for (HealthExpression& earlier : server_of(cmd).health_expressions) {
    if (strcasecmp(earlier.name, made.name) != 0) continue;
    earlier = made;
    return;
  }
  server_of(cmd).health_expressions.push(made);
}

}  // namespace

const char* add_health_template(cmd_parms* cmd, void*, const char* arguments) noexcept {
  if (const char* wrong = ap_check_cmd_context(cmd, NOT_IN_HTACCESS)) return wrong;
  const char* name = ap_getword_conf(cmd->pool, &arguments);
  if (!*name) return complaint(cmd, "the template's name is missing, expected a name and key=value parameters");
  HealthTemplate made{.name = name, .settings = {}, .defined_at = place_of(cmd)};
  made.settings.given = true;
  made.settings.method = health::CheckMethod::Tcp;
  while (*arguments) {
    const char* wrong = read_key(cmd, ap_getword_conf(cmd->pool, &arguments), made.settings);
    if (wrong) return complaint(cmd, apr_pstrcat(cmd->pool, wrong, "; ", name, nullptr));
  }
  warn_if_hidden(cmd, name);
  server_of(cmd).health_templates.push(made);
  return nullptr;
}

const char* add_health_expression(cmd_parms* cmd, void*, const char* arguments) noexcept {
  if (const char* wrong = ap_check_cmd_context(cmd, NOT_IN_HTACCESS)) return wrong;
  const char* name = ap_getword_conf(cmd->pool, &arguments);
  if (!*name) return complaint(cmd, "the expression's name is missing, expected a name and an expression");
  if (strlen(name) >= name_limit) {
    return complaint(cmd, apr_psprintf(cmd->pool, "'%s' is not possible, expected a name of at most %d characters",
                                       name, static_cast<int>(name_limit) - 1));
  }
  const char* text = ap_getword_conf2(cmd->pool, &arguments);
  if (!*text) return complaint(cmd, apr_pstrcat(cmd->pool, "the expression of '", name, "' is missing", nullptr));
  const char* wrong = nullptr;
  const ap_expr_info_t* parsed = ap_expr_parse_cmd(cmd, text, 0, &wrong, nullptr);
  if (wrong) {
    return complaint(
        cmd, apr_pstrcat(cmd->pool, "Could not parse expression \"", text, "\" of '", name, "': ", wrong, nullptr));
  }
  if (const char* more = ap_getword_conf(cmd->pool, &arguments); *more) {
    return complaint(cmd, apr_pstrcat(cmd->pool, "there can be nothing behind the expression of '", name, "': '", more,
                                      "'. One with blanks stands between { and }", nullptr));
  }
  keep(cmd, {.name = name, .text = text, .parsed = parsed});
  return nullptr;
}

const char* set_health_threads(cmd_parms* cmd, void*, const char* number) noexcept {
  if (const char* wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY)) return wrong;
  if (leading_int(number) < 0) {
    return complaint(cmd, apr_psprintf(cmd->pool, "'%s' is not possible, expected a number, 0 or more", number));
  }
  server_of(cmd).health_threads_given = true;
  return nullptr;
}

}  // namespace cxxproxy::httpd
