#include "routing/name_index.hpp"

#include "routing/member_name.hpp"

namespace cxxproxy::routing {
namespace {

// A pattern stays as an empty text, so that the places of the others hold.
PrefixIndex plain_ones(std::span<const MemberName> names) {
  std::vector<std::string_view> texts;
  for (const MemberName& name : names) texts.push_back(name.is_pattern ? std::string_view{} : name.text);
  return PrefixIndex(texts);
}

bool fits(const MemberName& pattern, std::string_view url, std::size_t authority) noexcept {
  const std::size_t size = pattern.text.size();
  if (size == 0 || size > url.size() || (size < authority && !pattern.varies)) return false;
  return matches_pattern(url, pattern.text);
}

}  // namespace

NameIndex::NameIndex(std::span<const MemberName> names) : plain_(plain_ones(names)) {
  for (std::size_t place = 0; place < names.size(); ++place) {
    if (names[place].is_pattern) patterns_.push_back({names[place], place});
  }
}

std::optional<std::size_t> NameIndex::longest(std::string_view url, std::size_t authority) const noexcept {
  std::optional<std::size_t> best;
  std::size_t size = 0;
  if (const PrefixIndex::Entry* plain = plain_.longest(url); plain && plain->text.size() >= authority) {
    best = plain->position;
    size = plain->text.size();
  }
  for (const auto& [name, place] : patterns_) {
    const bool better = name.text.size() > size || (name.text.size() == size && best && place < *best);
    if (better && fits(name, url, authority)) {
      best = place;
      size = name.text.size();
    }
  }
  return best;
}

std::optional<std::size_t> NameIndex::longest_for_all(std::string_view start, std::size_t authority) const noexcept {
  if (authority >= start.size() || !patterns_.empty() || plain_.any_goes_on(start)) return std::nullopt;
  return longest(start, authority);
}

}  // namespace cxxproxy::routing
