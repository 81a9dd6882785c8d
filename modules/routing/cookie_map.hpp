// Rewriting of what a backend says about itself: Set-Cookie attributes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cxxproxy::routing {

// Asked with the value of a path= or domain= attribute: its replacement, or nothing to leave it alone.
class CookieRules {
 public:
  virtual ~CookieRules() = default;
  virtual std::optional<std::string_view> path(std::string_view value) const = 0;
  virtual std::optional<std::string_view> domain(std::string_view value) const = 0;
};

// A Set-Cookie value with its path and domain replaced as the rules say: the whole attribute value, not just the part
// that a rule names. Of several attributes of one name the last counts (RFC 6265 section 5.3). Nothing when no rule
// applies.
std::optional<std::string> rewrite_cookie(std::string_view cookie, const CookieRules& rules);

}  // namespace cxxproxy::routing
