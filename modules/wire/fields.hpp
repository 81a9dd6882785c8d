#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

// The grammar of header fields (RFC 9110 section 5), shared by everything that reads or writes HTTP/1.
// All functions are pure; none allocates except ConnectionOptions beyond its inline room.
namespace cxxproxy::wire {

// One header field. Who hands it out says how long the two views live.
struct Field {
  std::string_view name;
  std::string_view value;
};

// Compares as ASCII, ignoring case.
bool iequals(std::string_view a, std::string_view b) noexcept;

// One character of a token (RFC 9110 section 5.6.2).
bool is_token_char(char c) noexcept;

// At least one token character, and nothing else: a field name, a method, a transfer coding.
bool is_token(std::string_view text) noexcept;

// Free of control characters (CR, LF, NUL, DEL ...) except the tab; bytes from 0x80 on pass (RFC 9110 section 5.5).
bool is_field_value(std::string_view text) noexcept;

// Without the spaces and tabs at both ends.
std::string_view trim_ows(std::string_view text) noexcept;

// Calls visit(member) for every member of a list, trimmed, in order; empty members are left out (RFC 9110
// section 5.6.1). Any character of `separators` ends a member. A quoted string gets no special treatment: use this for
// lists of tokens.
template <class Visit>
void for_each_member(std::string_view list, std::string_view separators, Visit&& visit) {
  while (!list.empty()) {
    const std::size_t end = list.find_first_of(separators);
    if (const std::string_view member = trim_ows(list.substr(0, end)); !member.empty()) visit(member);
    if (end == std::string_view::npos) return;
    list.remove_prefix(end + 1);
  }
}

template <class Visit>
void for_each_member(std::string_view list, Visit&& visit) {
  for_each_member(list, ",", static_cast<Visit&&>(visit));
}

// What parts the options in a Connection field: commas, but the stock proxy takes semicolons and blanks as well.
inline constexpr std::string_view connection_separators = ",; \t";

// Whether a comma separated list has this token, ignoring case.
bool list_contains(std::string_view list, std::string_view token) noexcept;

// Content-Length or Transfer-Encoding: never copied onward, always written anew from what was decided.
bool is_framing(std::string_view name) noexcept;

// Belongs to the client's hop and never reaches a backend as sent: Connection, Proxy-Connection, Keep-Alive, TE,
// Trailer, Transfer-Encoding, Upgrade. (Host, Expect, Content-Length and Proxy-Authorization have rules of their own.)
bool dropped_from_request(std::string_view name) noexcept;

// Belongs to the backend's hop and never reaches the client as sent: those above and Proxy-Authenticate.
bool dropped_from_response(std::string_view name) noexcept;

// May not come in a trailer, because it frames, routes, authenticates or describes the body (RFC 9110 section 6.5.1).
bool dropped_from_trailer(std::string_view name) noexcept;

// The field names that the Connection fields of one message list: what must not go further than this hop
// (RFC 9110 section 7.6.1).
// Holds views into the values given to add(), so it must not outlive them. One thread.
class ConnectionOptions {
 public:
  static constexpr std::size_t inline_room = 16;
  static constexpr std::size_t most = 1024;  // names; the rest is not looked at, see too_many()

  void add(std::string_view connection_value);

  // Whether this field is listed, ignoring case.
  bool lists(std::string_view name) const noexcept;
  bool close() const noexcept { return close_; }
  bool keep_alive() const noexcept { return keep_alive_; }

  // More names came than are kept: the message must be refused, since lists() no longer knows them all.
  bool too_many() const noexcept { return too_many_; }

 private:
  void add_name(std::string_view name);

  std::array<std::string_view, inline_room> first_{};
  std::size_t first_count_ = 0;
  std::vector<std::string_view> more_;
  bool close_ = false;
  bool keep_alive_ = false;
  bool too_many_ = false;
};

}  // namespace cxxproxy::wire
