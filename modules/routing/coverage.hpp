// Rules that can never match, because one that is tried before them catches every path that they would.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace cxxproxy::routing {

// A mapping as far as it matters which paths it catches.
struct CoverageRule {
  enum class Kind { Prefix, Servlet, Regex };

  std::string_view path;  // or the regex's text
  Kind kind = Kind::Prefix;
  bool early = false;        // tried on the path as it was sent (mapping=encoded), before all that are not
  bool conditional = false;  // its path, or whether it applies at all, depends on the request
};

// The place in `rules`, which stand in the order in which they are tried, of the first rule that catches all that
// rule `which` would; nothing if there is none, or if that cannot be told from the texts. Never wrong in what it names.
std::optional<std::size_t> covering_rule(std::span<const CoverageRule> rules, std::size_t which);

// Paths begin with a slash: a prefix that does not catches none.
bool catches_nothing(const CoverageRule& rule) noexcept;

}  // namespace cxxproxy::routing
