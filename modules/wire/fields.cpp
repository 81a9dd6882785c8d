#include "wire/fields.hpp"

#include <algorithm>
#include <cstdint>

namespace cxxproxy::wire {

namespace {

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

constexpr bool is_alpha_or_digit(char c) noexcept {
  return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 128; ++c) table[c] = is_alpha_or_digit(static_cast<char>(c));
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}

constexpr auto token_table = make_token_table();

constexpr bool is_ctl(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) noexcept {
  return std::any_of(names.begin(), names.end(), [&](std::string_view known) { return iequals(known, name); });
}

constexpr std::array<std::string_view, 7> hop_by_hop = {
    "Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "TE", "Trailer", "Proxy-Connection",
};

constexpr std::array<std::string_view, 25> never_in_trailer = {
    "Age",
    "Authorization",
    "Cache-Control",
    "Content-Encoding",
    "Content-Length",
    "Content-Range",
    "Content-Type",
    "Date",
    "Expect",
    "Expires",
    "Host",
    "Location",
    "Max-Forwards",
    "Pragma",
    "Proxy-Authenticate",
    "Range",
    "Retry-After",
    "Set-Cookie",
    "Authentication-Info",
    "Proxy-Authorization",
    "Vary",
    "Via",
    "Warning",
    "WWW-Authenticate",
    "Proxy-Authentication-Info",
};

}  // namespace

bool iequals(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool is_token_char(char c) noexcept { return token_table[static_cast<unsigned char>(c)]; }

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_field_value(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), [](char c) { return is_ctl(c) && c != '\t'; });
}

std::string_view trim_ows(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return text.substr(text.size());
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool list_contains(std::string_view list, std::string_view token) noexcept {
  bool found = false;
  for_each_member(list, [&](std::string_view member) { found = found || iequals(member, token); });
  return found;
}

bool is_framing(std::string_view name) noexcept {
  return iequals(name, "Content-Length") || iequals(name, "Transfer-Encoding");
}

bool dropped_from_request(std::string_view name) noexcept { return is_one_of(hop_by_hop, name); }

bool dropped_from_response(std::string_view name) noexcept {
  return is_one_of(hop_by_hop, name) || iequals(name, "Proxy-Authenticate");
}

bool dropped_from_trailer(std::string_view name) noexcept {
  return is_one_of(hop_by_hop, name) || is_one_of(never_in_trailer, name);
}

void ConnectionOptions::add(std::string_view connection_value) {
  for_each_member(connection_value, connection_separators, [this](std::string_view name) { add_name(name); });
}

void ConnectionOptions::add_name(std::string_view name) {
  if (iequals(name, "close")) close_ = true;
  if (iequals(name, "keep-alive")) keep_alive_ = true;
  if (first_count_ < inline_room) {
    first_[first_count_++] = name;
  } else if (first_count_ + more_.size() < most) {
    more_.push_back(name);
  } else {
    too_many_ = true;
  }
}

bool ConnectionOptions::lists(std::string_view name) const noexcept {
  const auto same = [name](std::string_view listed) { return iequals(listed, name); };
  const auto* const end = first_.data() + first_count_;
  return std::any_of(first_.data(), end, same) || std::any_of(more_.begin(), more_.end(), same);
}

}  // namespace cxxproxy::wire
