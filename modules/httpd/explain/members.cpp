#include "httpd/explain/parts.hpp"

#include "httpd/capture/engine.hpp"
#include "httpd/manager/page.hpp"
#include "httpd/mpm.hpp"
#include "httpd/routing.hpp"
#include "httpd/scheme.hpp"

#include "balance/status.hpp"
#include "wire/url.hpp"

#include <string>

namespace cxxproxy::httpd {
namespace {

// A value, and which line of the configuration says so.
struct Reason {
  apr_interval_time_t value;
  const char* source;
};

Reason timeout_of(const server_rec* s, const MemberSettings& settings) {
  const ServerConfig& config = config_of(s);
  if (settings.timeout.given) {
    return {settings.timeout.value, settings.timeout_is_servers ? "ProxyTimeout" : "timeout="};
  }
  if (config.timeout.given) return {config.timeout.value, "ProxyTimeout"};
  return {s->timeout, "Timeout"};
}

Reason connect_timeout_of(const server_rec* s, const MemberSettings& settings) {
  if (settings.connect_timeout.given) return {settings.connect_timeout.value, "connectiontimeout="};
  return timeout_of(s, settings);
}

void add_timeouts(Table& table, const server_rec* s, const MemberSettings& settings) {
  const Reason connect = connect_timeout_of(s, settings), answer = timeout_of(s, settings);
  table.row({"connecting", in_words(connect.value), connect.source});
  table.row({"waiting", in_words(answer.value), std::string(answer.source) + ", for each part of request and answer"});
  if (settings.ping.given) table.row({"ping", in_words(settings.ping.value), "ping="});
  if (settings.tunnel_timeout.given) {
    table.row({"idle tunnel", in_words(settings.tunnel_timeout.value), "upgrade's timeout"});
  }
}

// Null: connections are kept.
const char* why_not_reused(const MemberSettings& settings) {
  if (!settings.fixed_address) return "the host depends on the request";
  if (settings.disable_reuse.value) return settings.disable_reuse.given ? "disablereuse=On" : "the URL has references";
  if (settings.address_ttl.given && settings.address_ttl.value == 0) return "addressttl=0";
  return nullptr;
}

// As connections.cpp has it.
void add_limit(Table& table, const server_rec* s, const MemberSettings& settings) {
  const int threads = threads_per_child();
  if (threads <= 1) {
    table.row({"at once", "one", "a child of this MPM serves one request at a time"});
  } else if (settings.max) {
    table.row({"at once", std::to_string(settings.max) + " a child", "max="});
  } else if (mpm_has_engine() && config_of(s).engine.value_or(true)) {
    table.row({"at once", "no limit", "there is no max="});
  } else {
    table.row({"at once", std::to_string(threads) + " a child", "its threads, as there is no max="});
  }
}

void add_pool(Table& table, const server_rec* s, const MemberSettings& settings) {
  if (const char* why = why_not_reused(settings)) {
    table.row({"reuse", "no", std::string(why) + ": a connection for each request"});
  } else {
    table.row({"reuse", "yes", settings.disable_reuse.given ? "disablereuse=Off or enablereuse=On" : "default"});
  }
  add_limit(table, s, settings);
  if (why_not_reused(settings)) return;
  if (settings.smax >= 0) {
    table.row({"kept idle", "up to " + std::to_string(settings.smax) + " a child", "smax="});
  }
  if (settings.ttl) {
    const std::string least = settings.min > 0 ? ", but for " + std::to_string(settings.min) + " of them (min=)" : "";
    table.row({"kept for", in_words(settings.ttl), "ttl=" + least});
  }
  if (settings.acquire.given) table.row({"waiting for one", in_words(settings.acquire.value), "acquire="});
}

TlsGiven* tls_of(apr_pool_t* pool, const server_rec* s, const char* url) {
  TlsGiven* given = config_of(s->lookup_defaults).tls;
  for (ap_conf_vector_t* vector : config_of(s).sections) {
    const DirConfig& section = config_of(vector);
    if (section.tls && section_matches(section, url)) given = merged_tls(pool, given, section.tls);
  }
  return given;
}

TlsGiven* tls_of(apr_pool_t* pool, const server_rec* s, const Member& member) {
  return tls_of(pool, s, member.balancer ? member.balancer->name : member.name);
}

void add_tls(Table& table, apr_pool_t* pool, const server_rec* s, const Member& member) {
  if (!uses_tls(member.scheme)) return;
  if (lacks_tls(pool, s, member)) {
    table.row({"TLS", "REFUSED", "SSLProxyEngine is not On here: requests get 500"});
    return;
  }
  const TlsGiven* const given = tls_of(pool, s, member);
  const backend::Verify verify = given->verify.value_or(backend::Verify::None);
  table.row({"TLS", verify == backend::Verify::None ? "whoever answers" : "verified",
             verify == backend::Verify::None ? "SSLProxyVerify none: the certificate's issuer is not looked at"
                                             : "SSLProxyVerify"});
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
  const apr_interval_time_t together =
      connect_timeout_of(s, member.settings).value + timeout_of(s, member.settings).value;
  const std::string limit = health.timeout ? in_words(health.timeout) + " (hctimeout=)"
                                           : in_words(together) + " (connecting and waiting together)";
  table.row({"checked", check_text(health), "a check ends after " + limit});
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

bool lacks_tls(apr_pool_t* pool, const server_rec* s, const Member& member) {
  if (!uses_tls(member.scheme)) return false;
  const TlsGiven* const given = tls_of(pool, s, member);
  return !given || !given->engine.value_or(false);
}

void explain_member(Report& report, int depth, apr_pool_t* pool, const server_rec* s, const Member& member) {
  report.line(depth, {wire::without_password(member.display_name(pool)), "  ", member.defined_at});
  Table table;
  add_place(table, pool, member);
  add_timeouts(table, s, member.settings);
  add_pool(table, s, member.settings);
  if (uses_http2(member.scheme)) {
    const Setting<int>& streams = member.settings.h2_streams;
    table.row({"HTTP/2", std::to_string(streams.value) + " requests a connection",
               streams.given ? "h2streams=" : "default, or fewer if the backend says so"});
  }
  if (*member.settings.upgrade) table.row({"upgrade", member.settings.upgrade, "upgrade="});
  add_tls(table, pool, s, member);
  add_check(table, s, member);
  if (!serves(member.scheme)) table.row({"served", "NO", std::string("so far there are ") + served_schemes});
  table.write(report, depth + 1);
}

}  // namespace cxxproxy::httpd
