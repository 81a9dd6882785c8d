// Which of many mappings' paths catches a request's, without a look at each of them.
#pragma once

#include "routing/prefix_index.hpp"

#include <optional>

namespace cxxproxy::routing {

class PathIndex {
 public:
  explicit PathIndex(std::span<const std::string_view> prefixes);

  // The place of the first of the prefixes that match_prefix() finds in `path`, or nothing.
  std::optional<std::size_t> first_match(std::string_view path) const;

 private:
  PrefixIndex prefixes_;  // their slashes made single
};

}  // namespace cxxproxy::routing
