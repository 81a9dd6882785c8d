#include "httpd/keys.hpp"

#include "httpd/lbmethod.hpp"
#include "httpd/log.hpp"

APLOG_USE_MODULE(proxy_balancer);

namespace cxxproxy::httpd {
namespace {

constexpr std::size_t sticky_limit = 64;
constexpr std::size_t lbmethod_limit = 16;
constexpr std::size_t nonce_limit = 37;

struct KeyUse {
  apr_pool_t* pool;
  Balancer& balancer;
  const char* value;
};

struct BalancerKey {
  const char* name;
  Expected (*set)(const KeyUse&);
};

Expected flag(const KeyUse& use, Setting<bool>& target) {
  const std::optional<bool> given = on_off(use.value);
  if (!given) return "On or Off";
  target.set(*given);
  return nullptr;
}

const char* cut(const KeyUse& use, const char* name) { return apr_pstrndup(use.pool, name, sticky_limit - 1); }

Expected set_sticky_session(const KeyUse& use) {
  // An over-long name has always been cut silently; it still works as it did, and post_config warns.
  const char* whole = cut(use, use.value);
  const char* bar = strchr(whole, '|');
  use.balancer.settings.sticky_cookie =
      bar ? apr_pstrmemdup(use.pool, whole, static_cast<apr_size_t>(bar - whole)) : whole;
  use.balancer.settings.sticky_param = bar ? bar + 1 : whole;
  if (strlen(use.value) >= sticky_limit) {
    ap_log_perror(APLOG_MARK, APLOG_WARNING, 0, use.pool,
                  CXXPROXY_LOGNO(0101) "stickysession=%s of %s is too long and works as %s: at most 63 characters",
                  use.value, use.balancer.name, whole);
  }
  return nullptr;
}

Expected set_separator(const KeyUse& use) {
  if (strlen(use.value) == 1) {
    use.balancer.settings.sticky_separator.set(use.value[0]);
    return nullptr;
  }
  if (strcasecmp(use.value, "off") != 0) return "a single character or Off";
  use.balancer.settings.sticky_separator.set('\0');
  return nullptr;
}

Expected set_timeout(const KeyUse& use) {
  const int seconds = leading_int(use.value);
  if (seconds < 1) return "whole seconds, 1 or more";
  use.balancer.settings.timeout = apr_time_from_sec(seconds);
  return nullptr;
}

Expected set_max_attempts(const KeyUse& use) {
  const int attempts = leading_int(use.value);
  if (attempts < 0) return "a number, 0 or more";
  use.balancer.settings.max_attempts.set(attempts);
  return nullptr;
}

Expected set_lbmethod(const KeyUse& use) {
  Policy* policy = strlen(use.value) < lbmethod_limit ? find_policy(use.value) : nullptr;
  if (!policy) return apr_pstrcat(use.pool, "one of the loaded methods: ", policy_names(use.pool), nullptr);
  use.balancer.policy = policy;
  use.balancer.settings.lbmethod = use.value;
  use.balancer.settings.lbmethod_given = true;
  return nullptr;
}

Expected set_fail_on_status(const KeyUse& use) {
  PoolArray<int> codes(use.pool);
  char* state = nullptr;
  for (char* word = apr_strtok(apr_pstrdup(use.pool, use.value), ", ", &state); word;
       word = apr_strtok(nullptr, ", ", &state)) {
    const int code = leading_int(word);
    if (!ap_is_HTTP_VALID_RESPONSE(code)) return "HTTP status codes from 100 to 599, with commas between them";
    codes.push(code);
  }
  use.balancer.settings.fail_on_status = codes;
  return nullptr;
}

Expected set_nonce(const KeyUse& use) {
  if (strcasecmp(use.value, "None") == 0) {
    use.balancer.settings.nonce.set("");
    return nullptr;
  }
  if (strlen(use.value) >= nonce_limit) return "None or at most 36 characters";
  use.balancer.settings.nonce.set(use.value);
  return nullptr;
}

Expected set_growth(const KeyUse& use) {
  const int growth = leading_int(use.value);
  if (growth < 1 || growth > 100) return "a number between 1 and 100";
  use.balancer.settings.growth.set(growth);
  return nullptr;
}

constexpr BalancerKey balancer_keys[] = {
    {"failonstatus", set_fail_on_status},
    {"failontimeout", [](const KeyUse& u) { return flag(u, u.balancer.settings.fail_on_timeout); }},
    {"forcerecovery", [](const KeyUse& u) { return flag(u, u.balancer.settings.force_recovery); }},
    {"growth", set_growth},
    {"lbmethod", set_lbmethod},
    {"maxattempts", set_max_attempts},
    {"nofailover", [](const KeyUse& u) { return flag(u, u.balancer.settings.nofailover); }},
    {"nonce", set_nonce},
    {"scolonpathdelim", [](const KeyUse& u) { return flag(u, u.balancer.settings.semicolon_ends); }},
    {"stickysession", set_sticky_session},
    {"stickysessionsep", set_separator},
    {"timeout", set_timeout},
};

}  // namespace

const char* set_balancer_key(apr_pool_t* pool, Balancer& balancer, const char* key, const char* value) {
  for (const BalancerKey& known : balancer_keys) {
    if (strcasecmp(key, known.name) != 0) continue;
    const Expected wrong = known.set({pool, balancer, value});
    return wrong ? refused(pool, key, value, wrong) : nullptr;
  }
  const char* names = "";
  for (const BalancerKey& one : balancer_keys) names = apr_pstrcat(pool, names, *names ? ", " : "", one.name, nullptr);
  return apr_psprintf(pool, "unknown Balancer parameter '%s' (in %s=%s), expected one of %s", key, key, value, names);
}

}  // namespace cxxproxy::httpd
