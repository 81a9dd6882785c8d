#include "routing/prefix_index.hpp"

#include <algorithm>

namespace cxxproxy::routing {

PrefixIndex::PrefixIndex(std::span<const std::string_view> texts) {
  for (std::size_t position = 0; position < texts.size(); ++position) {
    if (texts[position].empty()) continue;
    entries_.push_back({std::string(texts[position]), static_cast<std::uint32_t>(position), -1});
    longest_size_ = std::max(longest_size_, texts[position].size());
  }
  std::ranges::stable_sort(entries_, {}, &Entry::text);
  const auto same_text = [](const Entry& a, const Entry& b) { return a.text == b.text; };
  entries_.erase(std::unique(entries_.begin(), entries_.end(), same_text), entries_.end());

  for (std::size_t place = 1; place < entries_.size(); ++place) {
    Entry& entry = entries_[place];
    entry.shorter = static_cast<std::int32_t>(place) - 1;
    while (entry.shorter >= 0 && !entry.text.starts_with(at(entry.shorter)->text))
      entry.shorter = at(entry.shorter)->shorter;
  }
}

std::vector<PrefixIndex::Entry>::const_iterator PrefixIndex::behind(std::string_view text) const noexcept {
  return std::ranges::upper_bound(entries_, text, {}, [](const Entry& entry) { return std::string_view(entry.text); });
}

const PrefixIndex::Entry* PrefixIndex::longest(std::string_view text) const noexcept {
  const auto next = behind(text);
  if (next == entries_.begin()) return nullptr;
  const Entry* entry = &*(next - 1);
  while (entry && !text.starts_with(entry->text)) entry = shorter(*entry);
  return entry;
}

bool PrefixIndex::any_goes_on(std::string_view text) const noexcept {
  const auto next = behind(text);
  return next != entries_.end() && next->text.starts_with(text);
}

}  // namespace cxxproxy::routing
