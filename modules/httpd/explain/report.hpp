// The text that an explanation becomes: lines with an indentation, and rows whose columns stand below each other.
#pragma once

#include "httpd/apache.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace cxxproxy::httpd {

class Report {
 public:
  // A line, two blanks for each level of `depth`.
  void line(int depth, std::initializer_list<std::string_view> parts);
  void blank() { text_ += '\n'; }

  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

// Rows of one table, written when all are known.
class Table {
 public:
  void row(std::initializer_list<std::string> cells) { rows_.emplace_back(cells); }
  bool empty() const noexcept { return rows_.empty(); }

  // The last column has no end.
  void write(Report& report, int depth) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// "90 s", "250 ms": in the largest unit without a fraction, of seconds and below.
std::string in_words(apr_interval_time_t time);

// "virtual host www.example.org:443 (file:line)", or "main server".
std::string in_words(const server_rec* s);

}  // namespace cxxproxy::httpd
