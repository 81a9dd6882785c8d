// Which member a session asks for: the value of a URL parameter or a cookie, and in it the route.
// Nothing is copied or allocated: all views point into the arguments. Time is bounded by the length of
// the text times that of the name.
#pragma once

#include <optional>
#include <string_view>

namespace cxxproxy::balance {

// `stickysession=cookie|url_param`, `stickysessionsep=`, `scolonpathdelim=`. An empty name finds nothing.
struct StickyNames {
  std::string_view cookie;
  std::string_view url_param;
  char separator = '.';         // before the route; 0 (Off): the whole value is the route
  bool semicolon_ends = false;  // `;` ends a URL parameter's value as `?` and `&` do
};

struct SessionRoute {
  std::string_view name;                  // the parameter or cookie it was found under
  std::string_view value;                 // all of it, e.g. a session id and a route
  std::optional<std::string_view> route;  // after the first separator; nothing if there is none. May be empty, and an
                                          // empty route is nobody's.
};

// The parameter may stand in the query or, as `;name=value`, in the path. A name is whole: it begins the text or
// follows one of `/ ? & ;`. A parameter without a value is passed over.
std::optional<SessionRoute> find_in_url(std::string_view path_and_query, const StickyNames& names) noexcept;

// In a Cookie header. The first cookie of that name counts, even if its value is empty; quotes and spaces are part of
// the value. `;` and `,` end it.
std::optional<SessionRoute> find_in_cookies(std::string_view cookie_header, const StickyNames& names) noexcept;

// The URL wins, even if the value it carries names no route.
std::optional<SessionRoute> find_session_route(std::string_view path_and_query, std::string_view cookie_header,
                                               const StickyNames& names) noexcept;

}  // namespace cxxproxy::balance
