#include "httpd/explain/parts.hpp"

#include "httpd/capture/engine.hpp"
#include "httpd/connections.hpp"
#include "httpd/manager/page.hpp"
#include "httpd/mpm.hpp"
#include "httpd/patience.hpp"
#include "httpd/scheme.hpp"
#include "httpd/tls_profiles.hpp"

#include "backend/tls/profile.hpp"
#include "balance/status.hpp"
#include "wire/url.hpp"

#include <string>

namespace cxxproxy::httpd {
namespace {

void add_timeouts(Table& table, const server_rec* s, const MemberSettings& settings) {
  const Patience connecting = connecting_time(s, config_of(s), settings);
  const Patience waiting = waiting_time(s, config_of(s), settings);
  table.row({"connecting", in_words(connecting.time), connecting.source});
  table.row({"waiting", in_words(waiting.time), std::string(waiting.source) + ", for each part of request and answer"});
  if (settings.ping.given) table.row({"ping", in_words(settings.ping.value), "ping="});
  if (settings.tunnel_timeout.given) {
    table.row({"idle tunnel", in_words(settings.tunnel_timeout.value), "tunneltimeout="});
  }
}

const char* why_not_reused(const MemberSettings& settings) {
  if (!settings.fixed_address) return "the host depends on the request";
  if (!settings.disable_reuse.value) return "addressttl=0";
  return settings.disable_reuse.given ? "disablereuse=On" : "the URL has references";
}

void add_limit(Table& table, const MemberSettings& settings, unsigned max, int threads) {
  if (threads <= 1) {
    table.row({"at once", "one", "a child of this MPM serves one request at a time"});
  } else if (max == 0) {
    table.row({"at once", "no limit", "there is no max="});
  } else {
    table.row(
        {"at once", std::to_string(max) + " a child", settings.max ? "max=" : "its threads, as there is no max="});
  }
}

// The very settings that a child gives to the pool.
void add_pool(Table& table, const MemberSettings& settings) {
  const int threads = threads_per_child();
  const backend::PoolSettings pool = pool_settings(settings, threads, engine_is_wanted(ap_server_conf));
  const bool reuse = pool.reuse && settings.fixed_address;
  table.row({"reuse", reuse ? "yes" : "no",
             reuse ? (settings.disable_reuse.given ? "disablereuse=Off or enablereuse=On" : "default")
                   : std::string(why_not_reused(settings)) + ": a connection for each request"});
  add_limit(table, settings, pool.max, threads);
  if (pool.acquire) table.row({"for a place", in_words(pool.acquire->count()), "acquire="});
  if (!reuse || pool.ttl.count() == 0) return;
  table.row({"used again", "within " + in_words(pool.ttl.count()), "ttl="});
  if (pool.smax != backend::PoolSettings().smax) {
    table.row({"closed", "above " + std::to_string(pool.smax) + " idle", "smax=, when ttl= is over"});
  }
  if (pool.min) table.row({"left", std::to_string(pool.min) + " idle", "min="});
}

void add_tls(Table& table, const server_rec* s, const Member& member) {
  if (!uses_tls(member.scheme)) return;
  const TlsWay* const way = tls_way_to(s, member);
  if (!way) return table.row({"TLS", "REFUSED", "SSLProxyEngine is not On here: requests get 500"});
  if (way->profile->settings().verify == backend::Verify::None) {
    return table.row({"TLS", "whoever answers", "SSLProxyVerify none: the certificate's issuer is not looked at"});
  }
  table.row({"TLS", "verified", "SSLProxyVerify"});
}

std::string check_text(const HealthSettings& health) {
  std::string text(health::name_of(health.method));
  if (*health.uri) text += " " + std::string(health.uri);
  text += " every " + in_words(health.interval) + ", out after " + std::to_string(health.fails) + ", back after " +
          std::to_string(health.passes);
  if (*health.expression) text += ", by ProxyHCExpr " + std::string(health.expression);
  return text;
}

void add_check(Table& table, const server_rec* s, const Member& member) {
  const HealthSettings& health = member.settings.health;
  if (health.method == health::CheckMethod::None) return;
  if (!member.balancer) {
    table.row({"checked", "no", "only members of balancers are"});
    return;
  }
  const Patience limit = checking_time(s, config_of(s), member.settings);
  table.row({"checked", check_text(health), "a check ends after " + in_words(limit.time) + " (" + limit.source + ")"});
}

void add_place(Table& table, apr_pool_t* pool, const Member& member) {
  const MemberSettings& settings = member.settings;
  if (!member.balancer) return;
  std::string text = "loadfactor " + std::string(manager::factor_text(pool, settings.load_factor));
  if (settings.lbset) text += ", lbset " + std::to_string(settings.lbset);
  if (*settings.route) text += ", route " + std::string(settings.route);
  if (*settings.redirect) text += ", redirect " + std::string(settings.redirect);
  std::string flags;
  for (const balance::FlagName& flag : balance::flag_names) {
    if (settings.initial_status.has(flag.flag)) flags += flag.letter;
  }
  if (!flags.empty()) text += ", status " + flags;
  table.row({"place", text, ""});
  table.row({"rest after failure", in_words(settings.retry), settings.retry_given ? "retry=" : "default"});
}

}  // namespace

bool lacks_tls(const server_rec* s, const Member& member) { return uses_tls(member.scheme) && !tls_way_to(s, member); }

void explain_member(Report& report, int depth, apr_pool_t* pool, const server_rec* s, const Member& member) {
  report.line(depth, {wire::without_password(member.display_name(pool)), "  ", member.defined_at});
  Table table;
  add_place(table, pool, member);
  add_timeouts(table, s, member.settings);
  add_pool(table, member.settings);
  if (uses_http2(member.scheme)) {
    const Setting<int>& streams = member.settings.h2_streams;
    table.row({"HTTP/2", std::to_string(streams.value) + " requests a connection",
               streams.given ? "h2streams=" : "default, or fewer if the backend says so"});
  }
  if (*member.settings.upgrade) table.row({"upgrade", member.settings.upgrade, "upgrade="});
  add_tls(table, s, member);
  add_check(table, s, member);
  if (!serves(member.scheme)) table.row({"served", "NO", std::string("so far there are ") + served_schemes});
  table.write(report, depth + 1);
}

}  // namespace cxxproxy::httpd
