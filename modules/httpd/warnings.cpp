#include "httpd/warnings.hpp"
#include "httpd/scheme.hpp"

#include "httpd/capture/engine.hpp"
#include "httpd/config.hpp"
#include "httpd/log.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

APLOG_USE_MODULE(proxy);

namespace cxxproxy::httpd {
namespace {

// Calls once for each thing, however many servers share it.
class Once {
 public:
  bool operator()(const void* thing) {
    if (std::find(seen_.begin(), seen_.end(), thing) != seen_.end()) return false;
    seen_.push_back(thing);
    return true;
  }

 private:
  std::vector<const void*> seen_;
};

// A server's setting that does not act. Virtual hosts inherit it, so it is said for the first of them only.
struct Idle {
  const char* directive;
  bool (*is_set)(const ServerConfig&);
  const char* consequence;
};

constexpr const char* no_forward = "mod_cxxproxy is no forward proxy so far";
constexpr Idle idle_directives[] = {
    {"ProxyRequests On", [](const ServerConfig& c) { return c.proxy_requests.value_or(false); }, no_forward},
    {"ProxyRemote or ProxyRemoteMatch", [](const ServerConfig& c) { return !c.remotes.empty(); },
     "backends are reached directly"},
    {"ProxyBlock", [](const ServerConfig& c) { return !c.blocked.empty(); }, no_forward},
    {"NoProxy", [](const ServerConfig& c) { return !c.no_proxy.empty(); }, no_forward},
    {"ProxyDomain", [](const ServerConfig& c) { return c.domain != nullptr; }, no_forward},
};

void warn_server(server_rec* s, const ServerConfig& config, Once& first_time) {
  for (const Idle& idle : idle_directives) {
    if (!idle.is_set(config) || !first_time(&idle)) continue;
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, CXXPROXY_LOGNO(0110) "%s is set and does not act yet: %s",
                 idle.directive, idle.consequence);
  }
}

// Common when a configuration moves between servers, so no warning: but someone may wonder.
void note_missing_engine(server_rec* main_server) {
  if (!config_of(main_server).reactors.given || mpm_has_engine()) return;
  ap_log_error(
      APLOG_MARK, APLOG_NOTICE, 0, main_server,
      CXXPROXY_LOGNO(0113) "CxxProxyReactors is without effect: the engine needs the event MPM, and this is %s",
      ap_show_mpm());
}

// Nobody waits for a thread here: checks have timers.
void note_idle_threads(server_rec* main_server) {
  if (!config_of(main_server).health_threads_given) return;
  ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, main_server,
               CXXPROXY_LOGNO(0211) "ProxyHCTPsize is without effect: health checks need no threads of their own");
}

void warn_key(server_rec* s, const char* of, const char* where, const char* key, const char* consequence) {
  ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, CXXPROXY_LOGNO(0111) "%s (%s): %s is set and does not act yet: %s", of,
               where, key, consequence);
}

void warn_member(server_rec* s, const Member& member) {
  const MemberSettings& settings = member.settings;
  const auto warn = [&](const char* key, const char* consequence) {
    warn_key(s, member.name, member.defined_at, key, consequence);
  };
  if (!serves(member.scheme)) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                 CXXPROXY_LOGNO(0112) "%s (%s): mod_cxxproxy serves %s backends so far; requests to this one are answered "
                                      "with 500",
                 member.name, member.defined_at, served_schemes);
  }
  if (settings.health.given && !member.balancer) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                 CXXPROXY_LOGNO(0212) "%s (%s): its hc* keys are without effect, because only members of balancers are "
                                      "checked",
                 member.name, member.defined_at);
  }
  if (*settings.upgrade && uses_http2(member.scheme)) warn("upgrade", "HTTP/2 has no upgrades");
  if (*settings.secret) warn("secret", "it belongs to ajp:// backends");
  if (settings.h2_streams.given && !uses_http2(member.scheme)) {
    warn("h2streams", "it belongs to h2:// and h2c:// backends");
  }
  if (!settings.fixed_address && settings.disable_reuse.given && !settings.disable_reuse.value) {
    ap_log_error(
        APLOG_MARK, APLOG_WARNING, 0, s,
        APLOGNO(10400) "enablereuse/disablereuse ignored for worker %s (%s): its address depends on the request",
        member.name, member.defined_at);
  }
}

}  // namespace

void warn_of_what_does_not_act(server_rec* main_server) {
  note_missing_engine(main_server);
  note_idle_threads(main_server);
  Once first_time;
  for (server_rec* s = main_server; s; s = s->next) {
    const ServerConfig& config = config_of(s);
    warn_server(s, config, first_time);
    for (const Member* member : config.members) {
      if (first_time(member)) warn_member(s, *member);
    }
    for (const Balancer* balancer : config.balancers) {
      for (const Member* member : balancer->members) {
        if (first_time(member)) warn_member(s, *member);
      }
    }
  }
}

}  // namespace cxxproxy::httpd
