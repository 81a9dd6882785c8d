// Which requests a mapping's path catches.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cxxproxy::routing {

// Whether `path` begins with `prefix` and how much of it that takes, or nothing. A prefix ends at a segment's end: /app
// takes /app and /app/x, not /apple. Any number of slashes in the one equals any number, at least one, in the other.
std::optional<std::size_t> match_prefix(std::string_view path, std::string_view prefix) noexcept;

// As a servlet container reads a path (mapping=servlet): path parameters (";a=b"), empty segments, "." and "x/.." do
// not count. `path` is still encoded.
struct ServletMatch {
  std::string normalized;  // the path as the container sees it, for <Location> and logs
  std::size_t length;      // how much of the original path the prefix took; the rest goes to the backend as it is
};
// Nothing when the prefix does not match or when the path climbs above its root.
std::optional<ServletMatch> match_servlet(std::string_view path, std::string_view prefix);

}  // namespace cxxproxy::routing
