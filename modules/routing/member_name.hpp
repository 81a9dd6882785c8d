// Which member a URL belongs to: names are URL prefixes, or patterns when a regex mapping made them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cxxproxy::routing {

// The URL with scheme and host in lower case (both compare without case), the path as it is.
std::string comparable_url(std::string_view url);

// How much of `url` must match at the least: scheme://host[:port]. 0 when the URL has no authority.
std::size_t authority_length(std::string_view url) noexcept;

// Whether `url` begins with what `pattern` describes: $0 to $9 stand for any text, `\c` for the character c.
bool matches_pattern(std::string_view url, std::string_view pattern) noexcept;

}  // namespace cxxproxy::routing
