#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// URLs of backends: taking them apart, and writing the path a backend is asked for (RFC 3986).
namespace cxxproxy::wire {

// A URL in its parts, as views into the text it was split from. Nothing is decoded, lower-cased or filled in.
struct Url {
  std::string_view scheme;
  std::string_view userinfo;        // without the @; empty if there is none
  std::string_view host;            // without the brackets of an IPv6 address
  std::string_view port;            // as written, perhaps not a number: see port_number(); empty if there is none
  std::string_view path_and_query;  // from the / or ? on; empty if there is none
  bool bracketed = false;           // the host stood in [ ]
};

// Splits `scheme://[userinfo@]host[:port][/path][?query]`. Nothing if it is not of that form, if the host is empty, if
// there are two @, an unclosed bracket, or a blank or control character anywhere.
std::optional<Url> split_url(std::string_view text) noexcept;

// The port that a scheme means when none is written (lower or upper case): http 80, https 443, ajp 8009 ...
std::optional<std::uint16_t> default_port(std::string_view scheme) noexcept;

// 1-65535 in decimal digits, else nothing.
std::optional<std::uint16_t> port_number(std::string_view text) noexcept;

// `host`, or `[host]` if it has a colon; with `:port` unless the port is empty.
void append_authority(std::string& out, std::string_view host, std::string_view port);

// Whether two host names are the same, ignoring case.
bool same_host(std::string_view a, std::string_view b) noexcept;

// ASCII only, in place or as a copy; other bytes stay.
void lower_case(std::string& text) noexcept;
std::string lower_cased(std::string_view text);

// Whether any character is a blank, a control character or DEL: never to be written into a request line.
bool has_ctl_or_space(std::string_view text) noexcept;

// AllowEncodedSlashes, as far as it matters for writing a path.
enum class EncodedSlashes : std::uint8_t {
  Decoded,  // Off or On: a % in a decoded path is a percent sign
  Kept,     // NoDecode: %2F was left in the decoded path and goes out as it came
};

// Appends a decoded path, percent-encoded: everything but letters, digits, `~$-_.+!*'(),;:@&=` and `/`, in upper-case
// hex.
void append_canonical_path(std::string& out, std::string_view decoded_path, EncodedSlashes slashes);

// Whether that would change nothing, whatever the slashes.
bool is_canonical_path(std::string_view path) noexcept;

// Percent-decodes; nothing if a % is not followed by two hex digits. A decoded NUL stays in the text.
std::optional<std::string> decode(std::string_view text);

// A URL without the password that its user part may have, for whatever is shown to people.
std::string without_password(std::string_view url);

}  // namespace cxxproxy::wire
