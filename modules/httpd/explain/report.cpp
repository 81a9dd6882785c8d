#include "httpd/explain/report.hpp"

#include <algorithm>

namespace cxxproxy::httpd {

void Report::line(int depth, std::initializer_list<std::string_view> parts) {
  text_.append(static_cast<std::size_t>(depth) * 2, ' ');
  for (const std::string_view part : parts) text_ += part;
  text_ += '\n';
}

void Table::write(Report& report, int depth) const {
  std::vector<std::size_t> widths;
  for (const std::vector<std::string>& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const std::vector<std::string>& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    report.line(depth, {line});
  }
}

std::string in_words(apr_interval_time_t time) {
  if (time % APR_USEC_PER_SEC == 0) return std::to_string(apr_time_sec(time)) + " s";
  if (time % 1000 == 0) return std::to_string(time / 1000) + " ms";
  return std::to_string(time) + " us";
}

std::string in_words(const server_rec* s) {
  if (!s->is_virtual) return "main server";
  std::string text = "virtual host ";
  text += s->server_hostname ? s->server_hostname : "without a name";
  if (s->addrs && s->addrs->host_port) text += ":" + std::to_string(s->addrs->host_port);
  if (s->defn_name) text += " (" + std::string(s->defn_name) + ":" + std::to_string(s->defn_line_number) + ")";
  return text;
}

}  // namespace cxxproxy::httpd
