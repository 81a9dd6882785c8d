// The Warning field, which caches used to add (RFC 7234 section 5.5).
#pragma once

#include <string>
#include <string_view>

namespace cxxproxy::wire {

// A list of warnings without those whose own date `is_current(date)` says no to. A warning without a date stays.
template <class Predicate>
std::string filter_warnings(std::string_view warnings, Predicate&& is_current);

namespace detail {

// The next member of the list, commas within quotes apart; taken off the front of `rest`.
inline std::string_view next_warning(std::string_view& rest) noexcept {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size() && (quoted || rest[end] != ','); ++end) {
    if (rest[end] == '\\' && quoted)
      ++end;
    else if (rest[end] == '"')
      quoted = !quoted;
  }
  if (end > rest.size()) end = rest.size();
  const std::string_view warning = rest.substr(0, end);
  rest.remove_prefix(end < rest.size() ? end + 1 : end);
  return warning;
}

// The date of `code agent "text" "date"`, or nothing.
inline std::string_view date_of(std::string_view warning) noexcept {
  const std::size_t last = warning.rfind('"');
  if (last == std::string_view::npos || last == 0) return {};
  const std::size_t first = warning.rfind('"', last - 1);
  if (first == std::string_view::npos || first < 2 || warning.substr(first - 2, 2) != "\" ") return {};
  return warning.substr(first + 1, last - first - 1);
}

}  // namespace detail

template <class Predicate>
std::string filter_warnings(std::string_view warnings, Predicate&& is_current) {
  std::string kept;
  while (!warnings.empty()) {
    std::string_view warning = detail::next_warning(warnings);
    while (warning.starts_with(' ')) warning.remove_prefix(1);
    const std::string_view date = detail::date_of(warning);
    if (warning.empty() || (!date.empty() && !is_current(date))) continue;
    if (!kept.empty()) kept += ", ";
    kept += warning;
  }
  return kept;
}

}  // namespace cxxproxy::wire
