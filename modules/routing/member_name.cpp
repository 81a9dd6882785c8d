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

bool needs_slash(std::string_view target, std::string_view rest) noexcept {
  if (rest.empty() || rest[0] == '/' || rest[0] == '?' || target.ends_with('/')) return false;
  return authority_length(target) == target.size();
}

std::string join_target(std::string_view target, std::string_view rest) {
  std::string url(target);
  if (needs_slash(target, rest)) url += '/';
  return url += rest;
}

std::optional<std::string> checked_expansion(std::string_view target, std::string_view expanded) {
  const std::size_t authority = authority_length(target);
  const std::size_t reference = target.substr(0, authority).find('$');
  if (reference == std::string_view::npos) return std::string(expanded);
  const auto has_user = [](std::string_view url) { return url.substr(0, authority_length(url)).find('@'); };
  if (has_user(expanded) != std::string_view::npos && has_user(target) == std::string_view::npos) return std::nullopt;

  const std::string_view fixed = target.substr(0, reference);
  const std::size_t colon = fixed.rfind(':');
  const bool has_port = colon > fixed.find("://") && colon + 1 < fixed.size() && fixed.find(']', colon) == fixed.npos;
  return has_port ? join_target(fixed, expanded.substr(fixed.size())) : std::string(expanded);
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
