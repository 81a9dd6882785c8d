#include "routing/path_index.hpp"

#include <algorithm>

namespace cxxproxy::routing {
namespace {

constexpr std::string_view two_slashes = "//";

// With every row of slashes made one.
std::string with_single_slashes(std::string_view text) {
  std::string single(text);
  const auto both_slashes = [](char a, char b) { return a == '/' && b == '/'; };
  single.erase(std::unique(single.begin(), single.end(), both_slashes), single.end());
  return single;
}

PrefixIndex index_of(std::span<const std::string_view> prefixes) {
  std::vector<std::string> single;
  for (const std::string_view prefix : prefixes) single.push_back(with_single_slashes(prefix));
  return PrefixIndex(std::vector<std::string_view>(single.begin(), single.end()));
}

// A prefix that `path` begins with ends where a segment does.
bool ends_a_segment(std::string_view prefix, std::string_view path) noexcept {
  return prefix.ends_with('/') || path.size() == prefix.size() || path[prefix.size()] == '/';
}

std::optional<std::size_t> first_in(const PrefixIndex& prefixes, std::string_view path) noexcept {
  std::optional<std::size_t> first;
  for (const PrefixIndex::Entry* entry = prefixes.longest(path); entry; entry = prefixes.shorter(*entry)) {
    if (first && *first < entry->position) continue;
    if (ends_a_segment(entry->text, path)) first = entry->position;
  }
  return first;
}

}  // namespace

PathIndex::PathIndex(std::span<const std::string_view> prefixes) : prefixes_(index_of(prefixes)) {}

std::optional<std::size_t> PathIndex::first_match(std::string_view path) const {
  // What follows the longest prefix and the character that ends its segment makes no difference.
  const std::string_view start = path.substr(0, prefixes_.longest_size() + 1);
  if (start.find(two_slashes) == std::string_view::npos) return first_in(prefixes_, start);
  return first_in(prefixes_, with_single_slashes(path));
}

}  // namespace cxxproxy::routing
