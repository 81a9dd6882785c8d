// Which member a URL belongs to, of many: the one with the longest name that fits, without a look at each of them.
#pragma once

#include "routing/prefix_index.hpp"

#include <optional>

namespace cxxproxy::routing {

// What a look-up knows of a member.
struct MemberName {
  std::string_view text;
  bool is_pattern = false;  // see matches_pattern()
  bool varies = false;      // a pattern that leaves host or port open: it may be shorter than the URL's authority
};

class NameIndex {
 public:
  // The names' texts outlive the index.
  explicit NameIndex(std::span<const MemberName> names);

  // The place of the longest name that fits `url`, of equals the first, or nothing. `url` is a comparable_url(), of
  // which the first `authority` characters have to match at least.
  std::optional<std::size_t> longest(std::string_view url, std::size_t authority) const noexcept;

  // What longest() finds for every URL that begins with `start`, if that does not depend on how it goes on; else
  // nothing. The authority ends within `start`.
  std::optional<std::size_t> longest_for_all(std::string_view start, std::size_t authority) const noexcept;

 private:
  struct Pattern {
    MemberName name;
    std::size_t place;
  };

  PrefixIndex plain_;
  std::vector<Pattern> patterns_;  // few: nobody has found an index for them yet
};

}  // namespace cxxproxy::routing
