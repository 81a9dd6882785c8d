#include "routing/coverage.hpp"

#include "routing/path_match.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace cxxproxy::routing {
namespace {

using Kind = CoverageRule::Kind;

bool is_root(std::string_view path) { return !path.empty() && path.find_first_not_of('/') == path.npos; }

// Regexes that every path matches, in the forms in which people write them.
bool is_catch_all(std::string_view regex) {
  static constexpr std::array<std::string_view, 16> known = {"",     "^",      "/",     "^/",     ".*",  "(.*)",
                                                             "^.*",  "^(.*)",  "^.*$",  "^(.*)$", "/.*", "/(.*)",
                                                             "^/.*", "^/(.*)", "^/.*$", "^/(.*)$"};
  return std::find(known.begin(), known.end(), regex) != known.end();
}

// The text with which every path begins that an anchored regex matches.
std::string literal_beginning(std::string_view regex) {
  if (!regex.starts_with('^') || regex.find('|') != regex.npos) return {};
  regex.remove_prefix(1);
  std::string text(regex.substr(0, regex.find_first_of("\\.[](){}*+?^$")));
  // What is repeated or may be missing is the character before.
  const std::string_view rest = regex.substr(text.size());
  if (!text.empty() && (rest.starts_with('*') || rest.starts_with('?') || rest.starts_with('{'))) text.pop_back();
  return text;
}

bool prefix_covers(std::string_view prefix, const CoverageRule& rule) {
  if (rule.kind != Kind::Regex) return match_prefix(rule.path, prefix).has_value();
  // What follows may go on within the segment.
  const std::string beginning = literal_beginning(rule.path);
  return !beginning.empty() && match_prefix(beginning + 'x', prefix).has_value();
}

// A servlet path that climbs above its root is caught by nobody.
bool catches_all(const CoverageRule& rule) {
  if (rule.kind == Kind::Regex) return is_catch_all(rule.path);
  return rule.kind == Kind::Prefix && is_root(rule.path);
}

bool covers(const CoverageRule& first, const CoverageRule& rule) {
  if (first.conditional || catches_nothing(first)) return false;
  if (catches_all(first)) return true;
  // A path as it was sent and as it was decoded are two texts, and of a path that depends nothing is known.
  if (first.early != rule.early || rule.conditional) return false;
  switch (first.kind) {
    case Kind::Regex:
      return rule.kind == Kind::Regex && first.path == rule.path;
    case Kind::Servlet:
      return rule.kind == Kind::Servlet && match_prefix(rule.path, first.path).has_value();
    case Kind::Prefix:
      break;
  }
  return rule.kind != Kind::Servlet && prefix_covers(first.path, rule);  // which reads /a/../b as another path
}

}  // namespace

std::optional<std::size_t> covering_rule(std::span<const CoverageRule> rules, std::size_t which) {
  for (std::size_t place = 0; place < which && place < rules.size(); ++place) {
    if (covers(rules[place], rules[which])) return place;
  }
  return std::nullopt;
}

bool catches_nothing(const CoverageRule& rule) noexcept {
  return rule.kind != Kind::Regex && !rule.conditional && !rule.path.starts_with('/');
}

}  // namespace cxxproxy::routing
