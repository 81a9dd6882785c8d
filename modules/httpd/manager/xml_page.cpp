#include "httpd/config.hpp"
#include "httpd/manager/page.hpp"
#include "httpd/roster.hpp"
#include "httpd/shared_state.hpp"

#include "balance/failover.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace cxxproxy::httpd::manager {
namespace {

// How many bytes the character at the front has in UTF-8; 0 where there is none that XML has.
std::size_t utf8_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at])); };
  const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) < 0xc2 ? 0 : byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : 4;
  if (length <= 1) return length;
  if (text.size() < length) return 0;
  std::uint32_t character = byte(0) & (0x7fU >> length);
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xc0U) != 0x80) return 0;
    character = character << 6 | (byte(at) & 0x3fU);
  }
  constexpr std::uint32_t smallest[] = {0x80, 0x800, 0x10000};
  const bool exists = character >= smallest[length - 2] && character <= 0x10ffff &&
                      (character < 0xd800 || character > 0xdfff) && (character & ~1U) != 0xfffe;
  return exists ? length : 0;
}

// Whatever the bytes are, a parser takes them: what is no UTF-8 is read as ISO-8859-1.
std::string escaped(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char c = text[0];
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (length == 0) {
      result.append("&#").append(std::to_string(static_cast<unsigned char>(c))).append(";");
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '&') {
      result += "&amp;";
    } else if (c == '"') {
      result += "&quot;";
    } else {
      result.append(control ? "?" : text.substr(0, length));
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

class Xml {
 public:
  explicit Xml(request_rec* r) : r_(r) {}

  void open(const char* name) { line(apr_pstrcat(r_->pool, "<httpd:", name, ">", nullptr)), ++depth_; }
  void close(const char* name) { --depth_, line(apr_pstrcat(r_->pool, "</httpd:", name, ">", nullptr)); }

  void text(const char* name, const char* value) {
    line(apr_pstrcat(r_->pool, "<httpd:", name, ">", escaped(value).c_str(), "</httpd:", name, ">", nullptr));
  }
  void number(const char* name, std::int64_t value) { text(name, apr_psprintf(r_->pool, "%" APR_INT64_T_FMT, value)); }
  void seconds(const char* name, apr_interval_time_t value) { number(name, apr_time_sec(value)); }
  void milliseconds(const char* name, apr_interval_time_t value) { number(name, apr_time_as_msec(value)); }
  void date(const char* name, apr_time_t value) {
    char date[APR_RFC822_DATE_LEN];
    apr_rfc822_date(date, value);
    text(name, date);
  }
  void flag(const char* name, bool on) { text(name, on ? "On" : "Off"); }

 private:
  void line(const char* what) { ap_rprintf(r_, "%*s%s\n", depth_ * 2, "", what); }

  request_rec* r_;
  int depth_ = 1;
};

void show_pool(Xml& xml, const MemberSettings& settings) {
  xml.number("min", settings.min);
  xml.number("smax", settings.smax < 0 ? settings.max : settings.smax);
  xml.number("max", settings.max);
  xml.seconds("ttl", settings.ttl);
  if (settings.timeout.given) xml.seconds("timeout", settings.timeout.value);
  if (settings.acquire.given) xml.milliseconds("acquire", settings.acquire.value);
  if (settings.receive_buffer.given) xml.number("recv_buffer_size", settings.receive_buffer.value);
  if (settings.io_buffer.given) xml.number("io_buffer_size", settings.io_buffer.value);
  if (settings.keepalive.given) xml.flag("keepalive", settings.keepalive.value);
}

void show_counts(request_rec* r, Xml& xml, const Member& member, const LiveMember& live) {
  const MemberState& state = *member.state;
  xml.text("status", status_text(r->pool, member));
  if (const apr_time_t failed = state.error_time_us.load(); failed > 0) {
    xml.date("error_time", failed);
  }
  xml.number("retries", state.retries.load());
  xml.number("lbstatus", shared_state()->score(state).load());
  xml.text("loadfactor", factor_text(r->pool, live.load_factor));
  xml.number("transferred", static_cast<std::int64_t>(state.sent.load()));
  xml.number("read", static_cast<std::int64_t>(state.received.load()));
  xml.number("elected", static_cast<std::int64_t>(state.elected.load()));
  xml.text("route", live.route.c_str());
  xml.text("redirect", live.redirect.c_str());
  xml.number("busy", shared_state()->inflight(state));
  xml.number("lbset", live.lbset);
}

void show_health(Xml& xml, const Member& member, const LiveHealth& live) {
  const health::CheckCounts& counts = member.state->checks;
  xml.open("healthcheck");
  xml.text("method", health::name_of(live.method).data());
  xml.milliseconds("interval", live.interval_us);
  xml.number("passes", live.passes);
  xml.number("fails", live.fails);
  xml.text("uri", live.uri.c_str());
  xml.text("expr", live.expression.c_str());
  xml.number("passes_so_far", counts.passes.load());
  xml.number("fails_so_far", counts.fails.load());
  xml.number("checks", static_cast<std::int64_t>(counts.checks.load()));
  xml.number("failures", static_cast<std::int64_t>(counts.failures.load()));
  if (const CheckReport report = report_of(member); report.at_us > 0) {
    xml.text("last_result", report.passed ? "passed" : "failed");
    xml.text("last_text", report.text.c_str());
    xml.date("last_time", report.at_us);
    xml.milliseconds("last_duration", report.took_us);
  }
  xml.close("healthcheck");
}

void show_member(request_rec* r, Xml& xml, const Member& member, const LiveMember& live) {
  const MemberSettings& settings = member.settings;
  xml.open("worker");
  xml.text("name", member.display_name(r->pool));
  xml.text("scheme", member.scheme);
  xml.text("hostname", member.host);
  xml.text("loadfactor", factor_text(r->pool, live.load_factor));
  xml.number("port", member.port);
  show_pool(xml, settings);
  show_counts(r, xml, member, live);
  if (settings.disable_reuse.given) xml.flag("disablereuse", settings.disable_reuse.value);
  if (settings.connect_timeout.given) xml.milliseconds("connectiontimeout", settings.connect_timeout.value);
  if (settings.retry_given) xml.seconds("retry", settings.retry);
  if (live.health.method != health::CheckMethod::None) show_health(xml, member, live.health);
  xml.close("worker");
}

void show_balancer(request_rec* r, Xml& xml, const Balancer& balancer) {
  const Roster& roster = roster_of(balancer);
  const LiveBalancer& live = roster.settings;
  xml.open("balancer");
  xml.text("name", balancer.name);
  xml.text("nonce", balancer.state->nonce.c_str());
  if (live.sticky()) {
    xml.text("stickysession", live.sticky_cookie.c_str());
    xml.flag("nofailover", live.nofailover);
  }
  xml.seconds("timeout", live.timeout_us);
  const auto attempts = static_cast<std::int64_t>(attempts_of(roster));
  if (attempts > 0 || live.max_attempts >= 0) xml.number("maxattempts", attempts);
  xml.text("lbmethod", live.lbmethod.c_str());
  if (live.sticky()) xml.flag("scolonpathdelim", balancer.settings.semicolon_ends.value_or(false));
  xml.open("workers");
  for (std::size_t id = 0; id < roster.members.size(); ++id) show_member(r, xml, *roster.members[id], roster.live[id]);
  xml.close("workers");
  xml.close("balancer");
}

}  // namespace

int send_xml(request_rec* r) {
  ap_set_content_type_ex(r, "text/xml", 1);
  if (r->header_only) return OK;
  ap_rputs("<?xml version='1.0' encoding='UTF-8' ?>\n<httpd:manager xmlns:httpd='http://httpd.apache.org'>\n", r);
  Xml xml(r);
  xml.open("balancers");
  for (const Balancer* balancer : config_of(r->server).balancers) show_balancer(r, xml, *balancer);
  xml.close("balancers");
  ap_rputs("</httpd:manager>\n", r);
  return OK;
}

}  // namespace cxxproxy::httpd::manager
