#include "balance/session_route.hpp"

#include <algorithm>
#include <cstddef>

namespace cxxproxy::balance {
namespace {

using std::string_view;

constexpr string_view space = " \t\n\v\f\r";

bool one_of(string_view set, char c) noexcept { return set.find(c) != string_view::npos; }

// Where `name` stands in `text` at or after `from`, at the start or after one of `before`.
std::size_t find_name(string_view text, string_view name, string_view before, std::size_t from) noexcept {
  std::size_t at = text.find(name, from);
  while (at != string_view::npos && at != 0 && !one_of(before, text[at - 1])) at = text.find(name, at + 1);
  return at;
}

SessionRoute session_route(string_view name, string_view value, char separator) noexcept {
  if (separator == 0) return {name, value, value};
  const std::size_t at = value.find(separator);
  if (at == string_view::npos) return {name, value, std::nullopt};
  return {name, value, value.substr(at + 1)};
}

}  // namespace

std::optional<SessionRoute> find_in_url(string_view path_and_query, const StickyNames& names) noexcept {
  const string_view name = names.url_param;
  if (name.empty()) return std::nullopt;
  const string_view ends = names.semicolon_ends ? "?&;" : "?&";
  for (std::size_t at = find_name(path_and_query, name, "/?&;", 0); at != string_view::npos;
       at = find_name(path_and_query, name, "/?&;", at + 1)) {
    string_view rest = path_and_query.substr(at + name.size());
    if (!rest.starts_with('=')) continue;
    rest.remove_prefix(1);
    const string_view value = rest.substr(0, rest.find_first_of(ends));
    if (!value.empty()) return session_route(name, value, names.separator);
  }
  return std::nullopt;
}

std::optional<SessionRoute> find_in_cookies(string_view cookie_header, const StickyNames& names) noexcept {
  const string_view name = names.cookie;
  if (name.empty()) return std::nullopt;
  for (std::size_t at = find_name(cookie_header, name, ";, \t\n\v\f\r", 0); at != string_view::npos;
       at = find_name(cookie_header, name, ";, \t\n\v\f\r", at + 1)) {
    string_view rest = cookie_header.substr(at + name.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(space), rest.size()));
    if (!rest.starts_with('=')) continue;
    rest.remove_prefix(1);
    // Nothing at all after the last `=` is no cookie, while `name=;` is an empty one: so the stock modules have it.
    if (rest.empty()) continue;
    return session_route(name, rest.substr(0, rest.find_first_of(";,")), names.separator);
  }
  return std::nullopt;
}

std::optional<SessionRoute> find_session_route(string_view path_and_query, string_view cookie_header,
                                               const StickyNames& names) noexcept {
  const std::optional<SessionRoute> in_url = find_in_url(path_and_query, names);
  return in_url ? in_url : find_in_cookies(cookie_header, names);
}

}  // namespace cxxproxy::balance
