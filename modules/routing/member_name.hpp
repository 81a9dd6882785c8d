// Which member a URL belongs to: names are URL prefixes, or patterns when a regex mapping made them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cxxproxy::routing {

// The URL with scheme and host in lower case (both compare without case), the path as it is.
std::string comparable_url(std::string_view url);

// How much of `url` must match at the least: scheme://host[:port]. 0 when the URL has no authority.
std::size_t authority_length(std::string_view url) noexcept;

// Whether a mapping's target needs a slash before the rest of a request's path: where it ends with its authority. What
// a client asks for is a path there, never a part of the host's name or port.
bool needs_slash(std::string_view target, std::string_view rest) noexcept;

// The two, with that slash.
std::string join_target(std::string_view target, std::string_view rest);

// The same for a regex mapping's target, of which references made `expanded`: the text as it is, or with a slash where
// a reference follows a complete host:port. Nothing when a reference brings an "@" into the authority, which would make
// all before it a user's name.
std::optional<std::string> checked_expansion(std::string_view target, std::string_view expanded);

// Whether `url` begins with what `pattern` describes: $0 to $9 stand for any text, `\c` for the character c.
bool matches_pattern(std::string_view url, std::string_view pattern) noexcept;

}  // namespace cxxproxy::routing
