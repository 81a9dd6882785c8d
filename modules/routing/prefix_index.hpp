// Which of many texts another text begins with, without a look at each of them.
//
// The idea: sorted, every text that "abz" begins with stands before it, and whatever stands between begins with that
// one, too. So the nearest before it is found by bisection, and from there a link leads to the longest of those that
// this one begins with, and on, until one fits; from then on all fit.
//
//     sorted: a ab abx b    links: abx → ab → a    "abz": before it stands abx, no; ab, yes; a, yes
//
// Time grows with the logarithm of the number of texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cxxproxy::routing {

class PrefixIndex {
 public:
  struct Entry {
    std::string text;
    std::uint32_t position;  // in the order given; of equal texts only the first is kept
    std::int32_t shorter;    // where the longest of those that this one begins with is; below 0: nowhere
  };

  explicit PrefixIndex(std::span<const std::string_view> texts);

  // The longest that `text` begins with (equal ones do), or null; an empty one is never found.
  const Entry* longest(std::string_view text) const noexcept;

  // The next shorter one of those, or null.
  const Entry* shorter(const Entry& than) const noexcept { return at(than.shorter); }

  // Whether one begins with `text` and is longer.
  bool any_goes_on(std::string_view text) const noexcept;

  // How long the longest of all is.
  std::size_t longest_size() const noexcept { return longest_size_; }

 private:
  const Entry* at(std::int32_t place) const noexcept {
    return place < 0 ? nullptr : &entries_[static_cast<std::size_t>(place)];
  }

  // The first that stands behind `text`.
  std::vector<Entry>::const_iterator behind(std::string_view text) const noexcept;

  std::vector<Entry> entries_;  // sorted by text
  std::size_t longest_size_ = 0;
};

}  // namespace cxxproxy::routing
