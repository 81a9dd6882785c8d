#include "httpd/manager/health_page.hpp"

#include "httpd/health/expressions.hpp"
#include "httpd/manager/html_forms.hpp"
#include "httpd/manager/page.hpp"
#include "httpd/shared_state.hpp"

namespace cxxproxy::httpd::manager {
namespace {

const char* milliseconds(apr_pool_t* pool, std::int64_t time_us) {
  return apr_psprintf(pool, "%" APR_INT64_T_FMT, static_cast<apr_int64_t>(apr_time_as_msec(time_us)));
}

// "passed: status 200, in 3 ms, 2026-01-31 10:00:00"
const char* report_text(apr_pool_t* pool, const CheckReport& report) {
  if (report.at_us == 0) return "";
  apr_time_exp_t at;
  apr_time_exp_lt(&at, report.at_us);
  return apr_psprintf(pool, "%s%s%s, in %s ms, %04d-%02d-%02d %02d:%02d:%02d", report.passed ? "passed" : "failed",
                      report.text.empty() ? "" : ": ", report.text.c_str(), milliseconds(pool, report.took_us),
                      at.tm_year + 1900, at.tm_mon + 1, at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec);
}

void begin_select(Html& html, std::string_view label, std::string_view name) {
  html.markup("<tr><td><label for='").markup(name).markup("'>").markup(label).markup(":</label></td><td>\n");
  html.markup("<select name='").markup(name).markup("' id='").markup(name).markup("'>");
}

void option(Html& html, std::string_view value, std::string_view shown, bool chosen) {
  html.markup("<option value='").text(value).markup("'").markup(chosen ? " selected" : "").markup(">").text(shown);
}

void end_select(Html& html) { html.markup("\n</select>\n</td></tr>\n"); }

}  // namespace

void show_health_cells(Html& html, const Member& member, const LiveHealth& live, const CheckReport& report) {
  apr_pool_t* pool = html.request()->pool;
  const health::CheckCounts& counts = member.state->checks;
  const auto trigger = [&](std::int32_t needed, const std::atomic<std::int32_t>& so_far) {
    html.cell(apr_psprintf(pool, "%d (%d)", needed, so_far.load()));
  };
  html.cell(health::name_of(live.method)).cell(apr_pstrcat(pool, milliseconds(pool, live.interval_us), "ms", nullptr));
  trigger(live.passes, counts.passes);
  trigger(live.fails, counts.fails);
  html.cell(live.uri.view()).cell(live.expression.view());
  html.markup("<td class=\"check\">").text(report_text(pool, report)).markup("</td>");
}

void show_expressions(Html& html, const ServerConfig& config) {
  const auto expressions = health_expressions_of(config);
  if (expressions.empty()) return;
  html.markup(
      "\n\n<div class=\"expressions\">\n<table><tr><th colspan='2'>Health check cond. expressions:</th></tr>\n"
      "<tr><th>Expr name</th><th>Expression</th></tr>\n");
  for (const HealthExpression* one : expressions) {
    html.markup("<tr>").cell(one->name).cell(one->text).markup("</tr>\n");
  }
  html.markup("</table>\n</div>\n<hr>\n");
}

void show_health_fields(Html& html, const ServerConfig& config, const LiveHealth& live) {
  apr_pool_t* pool = html.request()->pool;
  html.markup("<tr><th>Health Check param</th><th>Value</th></tr>\n");
  begin_select(html, "Method", "w_hm");
  for (const health::CheckMethodName& one : health::check_method_names) {
    option(html, one.name, one.name, one.method == live.method);
  }
  end_select(html);
  // One may have none.
  begin_select(html, "Expr", "w_he");
  option(html, "", "(None)", live.expression.empty());
  for (const HealthExpression* one : health_expressions_of(config)) {
    option(html, one->name, one->name, strcasecmp(one->name, live.expression.c_str()) == 0);
  }
  end_select(html);
  show_field(html, {"Interval (ms)", "w_hi", milliseconds(pool, live.interval_us)});
  show_field(html, {"Passes trigger", "w_hp", apr_itoa(pool, live.passes)});
  show_field(html, {"Fails trigger", "w_hf", apr_itoa(pool, live.fails)});
  show_field(html, {"HC uri", "w_hu", live.uri.view()});
}

}  // namespace cxxproxy::httpd::manager
