// What the scheme of a backend's URL says about the way to it.
#pragma once

#include <string_view>

namespace cxxproxy::httpd {

// Backends of others are warned of at start, and requests to them are answered with 500.
constexpr bool serves(std::string_view scheme) noexcept {
  return scheme == "http" || scheme == "https" || scheme == "h2c" || scheme == "h2" || scheme == "ws" ||
         scheme == "wss";
}
inline constexpr char served_schemes[] = "http://, https://, h2c://, h2://, ws:// and wss://";

constexpr bool uses_tls(std::string_view scheme) noexcept {
  return scheme == "https" || scheme == "h2" || scheme == "wss";
}
constexpr bool is_websocket(std::string_view scheme) noexcept { return scheme == "ws" || scheme == "wss"; }
constexpr bool uses_http2(std::string_view scheme) noexcept { return scheme == "h2c" || scheme == "h2"; }

// Of a URL in canonical form.
constexpr std::string_view scheme_of(std::string_view url) noexcept { return url.substr(0, url.find(':')); }

}  // namespace cxxproxy::httpd
