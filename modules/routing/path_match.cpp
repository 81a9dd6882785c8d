#include "routing/path_match.hpp"

#include <algorithm>
#include <vector>

namespace cxxproxy::routing {
namespace {

std::size_t skip_slashes(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && text[at] == '/') ++at;
  return at;
}

struct Segment {
  std::string_view name;  // without parameters
  std::size_t begin;      // in the original path; the "." and empty segments before it are its own
  std::size_t name_end;   // where its parameters begin, or its end
  std::size_t end;        // where the next slash is, or the path's end
};

// The segments that remain after normalisation; nothing when ".." climbs above the root.
struct Normalized {
  std::vector<Segment> segments;
  bool ends_in_slash = true;
};

std::optional<Normalized> normalize(std::string_view path) {
  Normalized result;
  std::size_t at = skip_slashes(path, 0);
  std::optional<std::size_t> begin = at;
  while (at < path.size()) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::size_t name_end = std::min(path.find(';', at), end);
    const std::string_view name = path.substr(at, name_end - at);
    const bool last = end == path.size();
    if (name == "..") {
      if (result.segments.empty()) return std::nullopt;
      result.segments.pop_back();
      begin.reset();
    } else if (!name.empty() && name != ".") {
      result.segments.push_back({name, begin.value_or(at), name_end, end});
      begin = skip_slashes(path, end);
    }
    result.ends_in_slash = !last || name.empty() || name == "." || name == "..";
    at = skip_slashes(path, end);
  }
  return result;
}

std::string written(const Normalized& path) {
  std::string text;
  for (const Segment& segment : path.segments) {
    text += '/';
    text += segment.name;
  }
  if (path.ends_in_slash) text += '/';
  return text;
}

}  // namespace

std::optional<std::size_t> match_prefix(std::string_view path, std::string_view prefix) noexcept {
  std::size_t at = 0, p = 0;
  while (p < prefix.size() && at < path.size()) {
    if (prefix[p] == '/') {
      if (path[at] != '/') return std::nullopt;
      p = skip_slashes(prefix, p);
      at = skip_slashes(path, at);
    } else if (prefix[p++] != path[at++]) {
      return std::nullopt;
    }
  }
  if (p < prefix.size() || p == 0) return std::nullopt;
  if (prefix.back() != '/' && at < path.size() && path[at] != '/') return std::nullopt;
  return at;
}

std::optional<ServletMatch> match_servlet(std::string_view path, std::string_view prefix) {
  if (path.empty() || path[0] != '/' || prefix.empty() || prefix[0] != '/') return std::nullopt;
  const std::optional<Normalized> seen = normalize(path);
  if (!seen) return std::nullopt;

  std::size_t matched = 0;
  for (std::size_t at = skip_slashes(prefix, 0); at < prefix.size(); ++matched) {
    const std::size_t end = std::min(prefix.find('/', at), prefix.size());
    if (matched == seen->segments.size() || seen->segments[matched].name != prefix.substr(at, end - at)) {
      return std::nullopt;
    }
    at = skip_slashes(prefix, end);
  }

  const bool wants_slash = prefix.back() == '/';
  const bool has_more = matched < seen->segments.size();
  if (wants_slash && !has_more && !seen->ends_in_slash) return std::nullopt;

  std::size_t length = path.size();
  if (has_more) {
    length = seen->segments[matched].begin;
    // The last matched segment's parameters belong to the backend when the prefix ends with the segment's name.
    if (!wants_slash && matched > 0 && seen->segments[matched - 1].name_end < seen->segments[matched - 1].end) {
      length = seen->segments[matched - 1].name_end;
    }
  }
  if (!wants_slash && path[length - 1] == '/') --length;
  return ServletMatch{written(*seen), length};
}

}  // namespace cxxproxy::routing
