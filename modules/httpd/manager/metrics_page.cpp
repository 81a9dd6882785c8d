#include "httpd/manager/metrics_page.hpp"

#include "httpd/config.hpp"
#include "httpd/contain.hpp"
#include "httpd/manager/check_reports.hpp"
#include "httpd/manager/page.hpp"
#include "httpd/manager/utf8.hpp"
#include "httpd/roster.hpp"
#include "httpd/shared_state.hpp"
#include "wire/url.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cxxproxy::httpd {
namespace manager {
namespace {

// A member at one moment.
struct Sample {
  std::string labels;
  const MemberState* state;
  bool is_checked;
  CheckReport report;

  // A report outlives the checks when they are turned off.
  bool was_checked() const { return is_checked && report.at_us > 0; }
};

// What a metric says of a member: once, or once for each value of a further label.
struct Point {
  std::string further_label;
  std::string value;
};
using Points = std::vector<Point>;

// One metric: what it is called, and what it says of a member; empty where it says nothing.
struct Family {
  std::string_view name;
  std::string_view type;
  std::string_view unit;
  std::string_view help;
  Points (*points)(const Sample& sample);
};

Points only(std::string value) { return {{"", std::move(value)}}; }
Points counted(const std::atomic<std::uint64_t>& count) { return only(std::to_string(count.load())); }
Points yes_or_no(bool yes) { return only(yes ? "1" : "0"); }

Points seconds(std::int64_t time_us) {
  char text[32];
  apr_snprintf(text, sizeof(text), "%.6f", static_cast<double>(time_us) / 1e6);
  return only(text);
}

std::string label(std::string_view name, std::string_view value) {
  std::string text(name);
  text += "=\"";
  for (const char c : as_utf8(value)) {
    if (c == '\\' || c == '"') text += '\\';
    text.append(c == '\n' ? "\\n" : std::string_view(&c, 1));
  }
  return text += '"';
}

// Of the flags those that say whether, and why not, the member is given requests.
Points flags_of(const Sample& sample) {
  static constexpr std::string_view shown = "NDSEHRC";
  const balance::MemberFlags flags(sample.state->flags.load());
  Points points;
  for (const balance::FlagName& row : balance::flag_names) {
    if (shown.find(row.letter) == shown.npos) continue;
    std::string word(row.word.substr(0, row.word.find(' ')));
    for (char& c : word) c = static_cast<char>(apr_tolower(c));
    points.push_back({label("flag", word), flags.has(row.flag) ? "1" : "0"});
  }
  return points;
}

constexpr Family families[] = {
    {"cxxproxy_member_up", "gauge", "", "Whether the member can be given requests.",
     [](const Sample& s) { return yes_or_no(balance::usable(balance::MemberFlags(s.state->flags.load()))); }},
    {"cxxproxy_member_status", "gauge", "", "Which flags the member has.", flags_of},
    {"cxxproxy_member_requests", "counter", "", "Requests given to the member.",
     [](const Sample& s) { return counted(s.state->elected); }},
    {"cxxproxy_member_inflight", "gauge", "", "Requests that the member works on.",
     [](const Sample& s) { return only(std::to_string(shared_state()->inflight(*s.state))); }},
    {"cxxproxy_member_sent_bytes", "counter", "bytes", "Bytes sent to the member.",
     [](const Sample& s) { return counted(s.state->sent); }},
    {"cxxproxy_member_received_bytes", "counter", "bytes", "Bytes received from the member.",
     [](const Sample& s) { return counted(s.state->received); }},
    {"cxxproxy_member_checks", "counter", "", "Health checks of the member.",
     [](const Sample& s) { return s.is_checked ? counted(s.state->checks.checks) : Points(); }},
    {"cxxproxy_member_check_failures", "counter", "", "Health checks that the member has failed.",
     [](const Sample& s) { return s.is_checked ? counted(s.state->checks.failures) : Points(); }},
    {"cxxproxy_member_check_duration_seconds", "gauge", "seconds", "How long the last health check took.",
     [](const Sample& s) { return s.was_checked() ? seconds(s.report.took_us) : Points(); }},
    {"cxxproxy_member_check_passed", "gauge", "", "Whether the last health check was passed.",
     [](const Sample& s) { return s.was_checked() ? yes_or_no(s.report.passed) : Points(); }},
    {"cxxproxy_member_check_timestamp_seconds", "gauge", "seconds", "When the last health check ended.",
     [](const Sample& s) { return s.was_checked() ? seconds(s.report.at_us) : Points(); }},
    {"cxxproxy_member_check", "info", "", "What the last health check has found.",
     [](const Sample& s) {
       return s.was_checked() ? Points{{label("result", s.report.text.view()), "1"}} : Points();
     }},
};

// The server of a balancer: "*" is the main one, others have names and addresses. Two that are alike have numbers.
std::string server_of(const Balancer& balancer) {
  const std::string_view key = balancer.state->key.view();
  const std::string_view scope = key.substr(0, key.find('|'));
  const std::size_t behind = scope.size() + 1 + std::string_view(balancer.name).size();
  return std::string(scope).append(key.substr(std::min(behind, key.size())));
}

class Samples {
 public:
  explicit Samples(apr_pool_t* pool) : pool_(pool) {}

  // Of its own members: where it has another's, they are counted there.
  void add(const Balancer& balancer) {
    if (balancer.members_of || !seen_.insert(&balancer).second) return;
    const Roster& roster = roster_of(balancer);
    for (std::size_t id = 0; id < roster.members.size(); ++id) add(balancer, *roster.members[id], roster.live[id]);
  }

  const std::vector<Sample>& all() const { return all_; }

 private:
  void add(const Balancer& balancer, const Member& member, const LiveMember& live) {
    const std::string labels = label("server", server_of(balancer)) + "," + label("balancer", balancer.name) + "," +
                               label("member", wire::without_password(member.display_name(pool_))) + "," +
                               label("route", live.route.view());
    const bool is_checked = live.health.method != health::CheckMethod::None;
    all_.push_back({unique(labels), member.state, is_checked, is_checked ? reports_.of(member) : CheckReport{}});
  }

  // No two samples may have the same labels: members that differ in their passwords get numbers.
  std::string unique(const std::string& wanted) {
    std::string labels = wanted;
    for (int number = 2; !labels_.insert(labels).second; ++number) {
      labels = wanted + "," + label("number", std::to_string(number));
    }
    return labels;
  }

  apr_pool_t* pool_;
  CheckReports reports_;
  std::vector<Sample> all_;
  std::set<const Balancer*> seen_;
  std::set<std::string> labels_;
};

std::string_view suffix_of(const Family& family) {
  if (family.type == "counter") return "_total";
  return family.type == "info" ? "_info" : "";
}

std::string text_of(const Family& family, const std::vector<Sample>& samples) {
  const std::string name(family.name);
  std::string text = "# TYPE " + name + " " + std::string(family.type) + "\n";
  if (!family.unit.empty()) text += "# UNIT " + name + " " + std::string(family.unit) + "\n";
  text += "# HELP " + name + " " + std::string(family.help) + "\n";
  for (const Sample& sample : samples) {
    for (const Point& point : family.points(sample)) {
      text.append(name).append(suffix_of(family)).append("{").append(sample.labels);
      if (!point.further_label.empty()) text.append(",").append(point.further_label);
      text.append("} ").append(point.value).append("\n");
    }
  }
  return text;
}

int send_metrics(request_rec* r) {
  if (!r->handler || strcmp(r->handler, "cxxproxy-metrics") != 0) return DECLINED;
  r->allowed = AP_METHOD_BIT << M_GET;
  if (r->method_number != M_GET) return HTTP_METHOD_NOT_ALLOWED;
  ap_set_content_type_ex(r, "application/openmetrics-text; version=1.0.0; charset=utf-8", 1);
  apr_table_setn(r->headers_out, "Cache-Control", "no-store");
  apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
  if (r->header_only) return OK;
  Samples samples(r->pool);
  for (const server_rec* s = ap_server_conf; s; s = s->next) {
    for (const Balancer* balancer : config_of(s).balancers) samples.add(*balancer);
  }
  std::string text;
  for (const Family& family : families) text += text_of(family, samples.all());
  text += "# EOF\n";
  ap_rwrite(text.data(), static_cast<int>(text.size()), r);
  return OK;
}

}  // namespace
}  // namespace manager

int show_metrics(request_rec* r) noexcept { return contain<manager::send_metrics, HTTP_INTERNAL_SERVER_ERROR>(r); }

}  // namespace cxxproxy::httpd
