#include "httpd/health/expressions.hpp"

#include "httpd/contain.hpp"

#include <ap_expr.h>

namespace cxxproxy::httpd {
namespace {

const char* body_of_answer(const ap_expr_eval_ctx_t* context) {
  const request_rec* r = context->r;
  if (!r || !r->request_config || proxy_hcheck_module.module_index < 0) return "";
  const auto* answer = static_cast<const CheckedAnswer*>(ap_get_module_config(r->request_config, &proxy_hcheck_module));
  return answer ? copy_in(context->p, answer->body) : "";
}

bool names_body(const char* word) { return word && strcasecmp(word, "body") == 0; }

const char* read_variable(ap_expr_eval_ctx_t* context, const void*) noexcept { return body_of_answer(context); }

const char* call_function(ap_expr_eval_ctx_t* context, const void*, const char* argument) noexcept {
  return names_body(argument) ? body_of_answer(context) : "";
}

// A pointer to a function, as the untyped one that the hook wants.
template <class Function>
const void* untyped(Function* function) {
  return reinterpret_cast<const void*>(function);
}

int refuse(const ap_expr_lookup_parms* wanted, const char* shown) {
  *wanted->err = apr_psprintf(wanted->ptemp, "%s is not known, only hc('body') and %%{HC_BODY} are", shown);
  return HTTP_INTERNAL_SERVER_ERROR;
}

int look_up(ap_expr_lookup_parms* wanted) noexcept {
  *wanted->data = nullptr;
  if (wanted->type == AP_EXPR_FUNC_VAR && strcasecmp(wanted->name, "HC_BODY") == 0) {
    *wanted->func = untyped(read_variable);
    return OK;
  }
  if (wanted->type != AP_EXPR_FUNC_STRING || strcasecmp(wanted->name, "hc") != 0) return DECLINED;
  if (wanted->arg && !names_body(wanted->arg)) {
    return refuse(wanted, apr_pstrcat(wanted->ptemp, "hc('", wanted->arg, "')", nullptr));
  }
  *wanted->func = untyped(call_function);
  return OK;
}

const HealthExpression* find_here(const ServerConfig& config, const char* name) {
  for (const HealthExpression& one : config.health_expressions) {
    if (strcasecmp(one.name, name) == 0) return &one;
  }
  return nullptr;
}

}  // namespace

void register_expressions() { ap_hook_expr_lookup(look_up, nullptr, nullptr, APR_HOOK_MIDDLE); }

const HealthExpression* find_health_expression(const ServerConfig& of_balancer, const char* name) {
  const HealthExpression* own = find_here(of_balancer, name);
  return own ? own : find_here(config_of(ap_server_conf), name);
}

std::vector<const HealthExpression*> health_expressions_of(const ServerConfig& config) {
  std::vector<const HealthExpression*> found;
  for (const HealthExpression& one : config.health_expressions) found.push_back(&one);
  const ServerConfig& main_server = config_of(ap_server_conf);
  if (&main_server == &config) return found;
  for (const HealthExpression& one : main_server.health_expressions) {
    if (!find_here(config, one.name)) found.push_back(&one);
  }
  return found;
}

}  // namespace cxxproxy::httpd
