#include "routing/member_name.hpp"

#include <algorithm>

namespace cxxproxy::routing {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_reference(std::string_view text) noexcept { return text.size() > 1 && text[0] == '$' && is_digit(text[1]); }

}  // namespace

std::size_t authority_length(std::string_view url) noexcept {
  const std::size_t mark = url.find("://");
  if (mark == std::string_view::npos || mark + 3 >= url.size()) return 0;
  return std::min(url.find('/', mark + 3), url.size());
}

std::string comparable_url(std::string_view url) {
  std::string lowered(url);
  const auto end = lowered.begin() + static_cast<std::ptrdiff_t>(authority_length(url));
  std::transform(lowered.begin(), end, lowered.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return lowered;
}

// Backtracks to the last reference only, so the work is bounded by the product of the lengths.
bool matches_pattern(std::string_view url, std::string_view pattern) noexcept {
  std::size_t u = 0, p = 0;
  std::size_t retry_pattern = std::string_view::npos, retry_url = 0;
  while (p < pattern.size()) {
    if (is_reference(pattern.substr(p))) {
      p += 2;
      if (p == pattern.size()) return true;
      retry_pattern = p;
      retry_url = u;
      continue;
    }
    const bool escaped = pattern[p] == '\\';
    if (escaped && p + 1 == pattern.size()) return false;
    const char expected = pattern[p + (escaped ? 1 : 0)];
    if (u < url.size() && url[u] == expected) {
      ++u;
      p += escaped ? 2 : 1;
    } else if (retry_pattern != std::string_view::npos && retry_url < url.size()) {
      p = retry_pattern;
      u = ++retry_url;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace cxxproxy::routing
