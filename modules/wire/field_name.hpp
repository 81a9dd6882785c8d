// The header fields that a proxy has rules for.
#pragma once

#include <cstdint>
#include <string_view>

namespace cxxproxy::wire {

// A field's name, recognized once and never compared again. Other is any name that is not listed here.
enum class FieldName : std::uint8_t {
  Other,
  Age,
  AuthenticationInfo,
  Authorization,
  CacheControl,
  Connection,
  ContentEncoding,
  ContentLength,
  ContentLocation,
  ContentRange,
  ContentType,
  Date,
  Destination,
  Expect,
  Expires,
  Host,
  IfMatch,
  IfModifiedSince,
  IfNoneMatch,
  IfRange,
  IfUnmodifiedSince,
  KeepAlive,
  LastModified,
  Location,
  MaxForwards,
  Pragma,
  ProxyAuthenticate,
  ProxyAuthenticationInfo,
  ProxyAuthorization,
  ProxyConnection,
  Range,
  RetryAfter,
  SetCookie,
  Te,
  Trailer,
  TransferEncoding,
  Upgrade,
  Uri,
  Vary,
  Via,
  Warning,
  WwwAuthenticate,
  XForwardedFor,
  XForwardedHost,
  XForwardedServer,
};

// Which name this is, ignoring case.
FieldName field_name(std::string_view text) noexcept;

// As the standards spell it; empty for Other.
std::string_view spelling(FieldName name) noexcept;

// The same in lower case, as HTTP/2 has it.
std::string_view lower_spelling(FieldName name) noexcept;

// Content-Length or Transfer-Encoding: never copied onward, always written anew from what was decided.
constexpr bool is_framing(FieldName name) noexcept {
  return name == FieldName::ContentLength || name == FieldName::TransferEncoding;
}

// Belongs to the client's hop and never reaches a backend as sent: Connection, Proxy-Connection, Keep-Alive, TE,
// Trailer, Transfer-Encoding, Upgrade. (Host, Expect, Content-Length and Proxy-Authorization have rules of their own.)
bool dropped_from_request(FieldName name) noexcept;

// Belongs to the backend's hop and never reaches the client as sent: those above and Proxy-Authenticate. (Alt-Svc that
// comes over HTTP/2 is left out where such an answer is read.)
bool dropped_from_response(FieldName name) noexcept;

// May not come in a trailer, because it frames, routes, authenticates or describes the body (RFC 9110 section 6.5.1).
bool dropped_from_trailer(FieldName name) noexcept;

}  // namespace cxxproxy::wire
