#include "routing/cookie_map.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace cxxproxy::routing {
namespace {

struct Replacement {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::optional<std::string_view> text;
};

bool has_name(std::string_view attribute, std::string_view lower_name) noexcept {
  if (attribute.size() < lower_name.size()) return false;
  return std::equal(lower_name.begin(), lower_name.end(), attribute.begin(),
                    [](char name, char c) { return name == (c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c); });
}

}  // namespace

std::optional<std::string> rewrite_cookie(std::string_view cookie, const CookieRules& rules) {
  Replacement path, domain;
  for (std::size_t at = 0; at < cookie.size();) {
    const std::size_t end = std::min(cookie.find(';', at), cookie.size());
    const std::size_t begin = std::min(cookie.find_first_not_of(" \t", at), end);
    const std::string_view attribute = cookie.substr(begin, end - begin);
    if (has_name(attribute, "path=")) {
      path = {begin + 5, end, rules.path(attribute.substr(5))};
    } else if (has_name(attribute, "domain=")) {
      domain = {begin + 7, end, rules.domain(attribute.substr(7))};
    }
    at = end + 1;
  }
  if (!path.text && !domain.text) return std::nullopt;

  std::array<Replacement, 2> in_order{path, domain};
  if (domain.begin < path.begin) std::swap(in_order[0], in_order[1]);
  std::string rewritten;
  std::size_t copied = 0;
  for (const Replacement& replacement : in_order) {
    if (!replacement.text) continue;
    rewritten.append(cookie.substr(copied, replacement.begin - copied));
    rewritten.append(*replacement.text);
    copied = replacement.end;
  }
  rewritten.append(cookie.substr(copied));
  return rewritten;
}

}  // namespace cxxproxy::routing
