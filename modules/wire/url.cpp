#include "wire/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "wire/characters.hpp"
#include "wire/fields.hpp"

namespace cxxproxy::wire {

namespace {

struct SchemePort {
  std::string_view scheme;
  std::uint16_t port;
};

constexpr std::array<SchemePort, 11> scheme_ports = {{
    {"http", 80},
    {"https", 443},
    {"ws", 80},
    {"wss", 443},
    {"h2c", 80},
    {"h2", 443},
    {"ajp", 8009},
    {"fcgi", 8000},
    {"scgi", 4000},
    {"uwsgi", 3031},
    {"ftp", 21},
}};

constexpr CharacterSet path_characters("~$-_.+!*'(),;:@&=/");

constexpr int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  if (lower(c) >= 'a' && lower(c) <= 'f') return lower(c) - 'a' + 10;
  return -1;
}

bool is_scheme(std::string_view text) noexcept {
  return !text.empty() && is_alpha(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

bool is_encoded_slash(std::string_view text) noexcept {
  return text.size() >= 3 && text[0] == '%' && text[1] == '2' && lower(text[2]) == 'f';
}

bool is_plain(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '[' || c == ']' || c == '\\'; });
}

// What comes before the path, the query or the fragment.
std::string_view authority_of(std::string_view text) noexcept {
  const auto* const end =
      std::find_if(text.begin(), text.end(), [](char c) { return c == '/' || c == '?' || c == '#'; });
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

// Takes `host[:port]` apart; false if it is no such thing.
bool split_host_port(std::string_view text, Url& url) noexcept {
  url.bracketed = text.starts_with('[');
  const std::size_t host_end = url.bracketed ? text.find(']') : std::min(text.find(':'), text.size());
  if (host_end == std::string_view::npos) return false;
  url.host = url.bracketed ? text.substr(1, host_end - 1) : text.substr(0, host_end);
  std::string_view rest = text.substr(host_end + (url.bracketed ? 1 : 0));
  if (rest.starts_with(':')) {
    rest.remove_prefix(1);
    url.port = rest;
    // A second colon outside of brackets: an address whose end nobody can tell.
    rest = rest.substr(std::min(rest.find(':'), rest.size()));
  }
  return rest.empty() && !url.host.empty() && is_plain(url.host) && is_plain(url.port);
}

}  // namespace

std::optional<Url> split_url(std::string_view text) noexcept {
  Url url;
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || has_ctl_or_space(text)) return std::nullopt;
  url.scheme = text.substr(0, scheme_end);
  text.remove_prefix(scheme_end + 3);
  std::string_view authority = authority_of(text);
  url.path_and_query = text.substr(authority.size());
  if (const std::size_t at = authority.find('@'); at != std::string_view::npos) {
    url.userinfo = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  if (!is_scheme(url.scheme) || authority.find('@') != std::string_view::npos) return std::nullopt;
  if (!split_host_port(authority, url)) return std::nullopt;
  return url;
}

std::optional<std::uint16_t> default_port(std::string_view scheme) noexcept {
  for (const SchemePort& row : scheme_ports) {
    if (iequals(row.scheme, scheme)) return row.port;
  }
  return std::nullopt;
}

std::optional<std::uint16_t> port_number(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, port);
  if (result.ec != std::errc{} || result.ptr != end || port == 0) return std::nullopt;
  return port;
}

void append_authority(std::string& out, std::string_view host, std::string_view port) {
  const bool brackets = host.find(':') != std::string_view::npos;
  if (brackets) out += '[';
  out += host;
  if (brackets) out += ']';
  if (!port.empty()) out.append(1, ':').append(port);
}

bool same_host(std::string_view a, std::string_view b) noexcept { return iequals(a, b); }

void lower_case(std::string& text) noexcept { std::transform(text.begin(), text.end(), text.begin(), lower); }

std::string lower_cased(std::string_view text) {
  std::string copy(text);
  lower_case(copy);
  return copy;
}

bool has_ctl_or_space(std::string_view text) noexcept { return has_below_or_del<' ' + 1>(text); }

bool is_canonical_path(std::string_view path) noexcept {
  return std::all_of(path.begin(), path.end(), [](char c) { return path_characters.has(c); });
}

void append_canonical_path(std::string& out, std::string_view decoded_path, EncodedSlashes slashes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (std::size_t i = 0; i < decoded_path.size(); ++i) {
    const char c = decoded_path[i];
    if (path_characters.has(c)) {
      out += c;
    } else if (slashes == EncodedSlashes::Kept && is_encoded_slash(decoded_path.substr(i))) {
      out += c;  // its digits stay by themselves
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
  }
}

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string without_password(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const std::size_t begin = scheme + 3;
  const std::size_t at = url.substr(0, url.find_first_of("/?#", begin)).rfind('@');
  const std::size_t colon = url.find(':', begin);
  if (at == std::string_view::npos || at < begin || colon > at) return std::string(url);
  return std::string(url.substr(0, colon)).append(url.substr(at));
}

}  // namespace cxxproxy::wire
