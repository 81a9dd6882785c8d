#include "httpd/warnings.hpp"
#include "httpd/scheme.hpp"

#include "httpd/capture/engine.hpp"
#include "httpd/log.hpp"
#include "wire/url.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

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

// Collects, for one server after the other.
class Collector {
 public:
  void at(const server_rec* s) { s_ = s; }
  void say(int level, const char* id, std::initializer_list<std::string_view> parts) {
    Warning& warning = all_.emplace_back(Warning{level, id, {}, s_});
    for (const std::string_view part : parts) warning.text += part;
  }
  std::vector<Warning> take() { return std::move(all_); }

 private:
  const server_rec* s_ = nullptr;
  std::vector<Warning> all_;
};

void look_at_server(const ServerConfig& config, Once& first_time, Collector& out) {
  for (const Idle& idle : idle_directives) {
    if (!idle.is_set(config) || !first_time(&idle)) continue;
    out.say(APLOG_WARNING, CXXPROXY_LOGNO(0110), {idle.directive, " is set and does not act yet: ", idle.consequence});
  }
}

// Common when a configuration moves between servers, so no warning: but someone may wonder.
void look_at_engine(server_rec* main_server, Collector& out) {
  if (!config_of(main_server).reactors.given || mpm_has_engine()) return;
  out.say(APLOG_NOTICE, CXXPROXY_LOGNO(0113),
          {"CxxProxyReactors is without effect: the engine needs the event MPM, and this is ", ap_show_mpm()});
}

// Nobody waits for a thread here: checks have timers.
void look_at_check_threads(server_rec* main_server, Collector& out) {
  if (!config_of(main_server).health_threads_given) return;
  out.say(APLOG_NOTICE, CXXPROXY_LOGNO(0211),
          {"ProxyHCTPsize is without effect: health checks need no threads of their own"});
}

constexpr const char* flushes = "it belongs to ajp:// and fcgi:// backends; what others send is passed on as it comes";

void look_at_member(const Member& member, Collector& out) {
  const MemberSettings& settings = member.settings;
  const MemberSettings usual{};
  const std::string name = wire::without_password(member.name);
  const auto idle_key = [&](const char* key, const char* consequence) {
    out.say(APLOG_WARNING, CXXPROXY_LOGNO(0111),
            {name, " (", member.defined_at, "): ", key, " is set and does not act yet: ", consequence});
  };
  if (!serves(member.scheme)) {
    out.say(APLOG_WARNING, CXXPROXY_LOGNO(0112),
            {name, " (", member.defined_at, "): mod_cxxproxy serves ", served_schemes,
             " backends so far; requests to this one are answered with 500"});
  }
  if (settings.health.given && !member.balancer) {
    out.say(APLOG_WARNING, CXXPROXY_LOGNO(0212),
            {name, " (", member.defined_at,
             "): its hc* keys are without effect, because only members of balancers are checked"});
  }
  if (*settings.upgrade && uses_http2(member.scheme)) idle_key("upgrade", "HTTP/2 has no upgrades");
  if (*settings.secret) idle_key("secret", "it belongs to ajp:// backends");
  if (settings.flush_packets != usual.flush_packets) idle_key("flushpackets", flushes);
  if (settings.flush_wait_us != usual.flush_wait_us) idle_key("flushwait", flushes);
  if (strcmp(settings.flusher, usual.flusher) != 0) idle_key("flusher", "it belongs to fd:// backends");
  if (settings.h2_streams.given && !uses_http2(member.scheme)) {
    idle_key("h2streams", "it belongs to h2:// and h2c:// backends");
  }
  if (!settings.fixed_address && settings.disable_reuse.given && !settings.disable_reuse.value) {
    out.say(APLOG_WARNING, APLOGNO(10400),
            {"enablereuse/disablereuse ignored for worker ", name, " (", member.defined_at,
             "): its address depends on the request"});
  }
}

bool ends_in_slash(std::string_view text) { return text.ends_with('/'); }

}  // namespace

std::vector<Warning> surprises_of(const Mapping& mapping, bool in_location) {
  Collector out;
  const char* const directive = mapping.regex ? "ProxyPassMatch" : "ProxyPass";
  if (in_location && !mapping.regex && mapping.path[0] == '^') {
    out.say(APLOG_WARNING, CXXPROXY_LOGNO(0102),
            {directive, " at ", mapping.defined_at, ": '", mapping.path,
             "' is taken as a path, not as a regex, and never matches: use ProxyPassMatch"});
  }
  if (mapping.excludes() || mapping.regex) return out.take();
  const std::string target = wire::without_password(mapping.target);
  if (strchr(mapping.target, '?')) {
    out.say(APLOG_WARNING, CXXPROXY_LOGNO(0103),
            {directive, " at ", mapping.defined_at, ": the '?' in '", target,
             "' is sent as %3F: a target has no query of its own"});
  }
  const bool alike = ends_in_slash(mapping.path) == ends_in_slash(mapping.target);
  if (!in_location && !alike && strcmp(mapping.path, "/") != 0) {
    out.say(APLOG_WARNING, CXXPROXY_LOGNO(0104),
            {directive, " at ", mapping.defined_at, ": '", mapping.path, "' and '", target,
             "' do not end alike: with a slash both or neither"});
  }
  return out.take();
}

std::vector<Warning> what_does_not_act(server_rec* main_server) {
  Collector out;
  out.at(main_server);
  look_at_engine(main_server, out);
  look_at_check_threads(main_server, out);
  Once first_time;
  for (server_rec* s = main_server; s; s = s->next) {
    out.at(s);
    const ServerConfig& config = config_of(s);
    look_at_server(config, first_time, out);
    for (const Member* member : config.members) {
      if (first_time(member)) look_at_member(*member, out);
    }
    for (const Balancer* balancer : config.balancers) {
      for (const Member* member : balancer->members) {
        if (first_time(member)) look_at_member(*member, out);
      }
    }
  }
  return out.take();
}

void log_warnings(const std::vector<Warning>& warnings, const server_rec* s) {
  for (const Warning& warning : warnings) {
    ap_log_error(APLOG_MARK, warning.level, 0, warning.s ? warning.s : s, "%s%s", warning.id, warning.text.c_str());
  }
}

}  // namespace cxxproxy::httpd
