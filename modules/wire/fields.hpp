#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "wire/characters.hpp"
#include "wire/field_name.hpp"

// The grammar of header fields (RFC 9110 section 5), shared by everything that reads or writes HTTP/1.
// All functions are pure; none allocates except ConnectionOptions beyond its inline room.
namespace cxxproxy::wire {

// One header field. Who hands it out says how long the two views live.
struct Field {
  std::string_view name;
  std::string_view value;
  FieldName known;  // which name that is
};

// Compares as many bytes of both as ASCII, ignoring case.
bool same_but_case(const char* a, const char* b, std::size_t size) noexcept;

// Compares as ASCII, ignoring case.
inline bool iequals(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && same_but_case(a.data(), b.data(), a.size());
}

// One character of a token (RFC 9110 section 5.6.2).
inline constexpr CharacterSet token_characters("!#$%&'*+-.^_`|~");
constexpr bool is_token_char(char c) noexcept { return token_characters.has(c); }

// At least one token character, and nothing else: a field name, a method, a transfer coding.
bool is_token(std::string_view text) noexcept;

// Free of control characters (CR, LF, NUL, DEL ...) except the tab; bytes from 0x80 on pass (RFC 9110 section 5.5).
bool is_field_value(std::string_view text) noexcept;

// Without the spaces and tabs at both ends.
inline std::string_view trim_ows(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Calls visit(member) for every member of a list, trimmed, in order; empty members are left out (RFC 9110
// section 5.6.1). Any character that is_separator(c) says yes to ends a member. A quoted string gets no special
// treatment: use this for lists of tokens.
template <class IsSeparator, class Visit>
void for_each_member(std::string_view list, IsSeparator is_separator, Visit&& visit) {
  while (!list.empty()) {
    const auto end = static_cast<std::size_t>(std::find_if(list.begin(), list.end(), is_separator) - list.begin());
    if (const std::string_view member = trim_ows(list.substr(0, end)); !member.empty()) visit(member);
    if (end == list.size()) return;
    list.remove_prefix(end + 1);
  }
}

template <class Visit>
void for_each_member(std::string_view list, Visit&& visit) {
  for_each_member(
      list, [](char c) { return c == ','; }, static_cast<Visit&&>(visit));
}

// What parts the options in a Connection field: commas, but the stock proxy takes semicolons and blanks as well.
inline constexpr auto connection_separators = [](char c) noexcept { return c == ',' || c == ';' || is_blank(c); };

// Whether a comma separated list has this token, ignoring case.
bool list_contains(std::string_view list, std::string_view token) noexcept;

// The field names that the Connection fields of one message list: what must not go further than this hop
// (RFC 9110 section 7.6.1).
// Holds views into the values given to add(), so it must not outlive them. One thread.
class ConnectionOptions {
 public:
  static constexpr std::size_t inline_room = 16;
  static constexpr std::size_t most = 1024;  // names; the rest is not looked at, see too_many()

  // `keep-alive` alone, as most messages have it, is not kept: a field of that name is dropped in any case.
  void add(std::string_view connection_value);

  // Whether this field is listed, ignoring case.
  bool lists(std::string_view name) const noexcept;

  // More names came than are kept: the message must be refused, since lists() no longer knows them all.
  bool too_many() const noexcept { return too_many_; }

 private:
  void add_name(std::string_view name);

  std::array<std::string_view, inline_room> first_{};
  std::size_t first_count_ = 0;
  std::vector<std::string_view> more_;
  bool too_many_ = false;
};

}  // namespace cxxproxy::wire
