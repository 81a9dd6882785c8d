#include "wire/fields.hpp"

#include <algorithm>

namespace cxxproxy::wire {

namespace {

constexpr CharacterSet token_characters("!#$%&'*+-.^_`|~");

}  // namespace

bool is_token_char(char c) noexcept { return token_characters.has(c); }

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool is_field_value(std::string_view text) noexcept {
  return !has_below_or_del<' '>(text) ||
         std::none_of(text.begin(), text.end(), [](char c) { return is_ctl(c) && c != '\t'; });
}

bool list_contains(std::string_view list, std::string_view token) noexcept {
  bool found = false;
  for_each_member(list, [&](std::string_view member) { found = found || iequals(member, token); });
  return found;
}

void ConnectionOptions::add(std::string_view connection_value) {
  for_each_member(connection_value, connection_separators, [this](std::string_view name) { add_name(name); });
}

void ConnectionOptions::add_name(std::string_view name) {
  if (first_count_ < inline_room) {
    first_[first_count_++] = name;
  } else if (first_count_ + more_.size() < most) {
    more_.push_back(name);
  } else {
    too_many_ = true;
  }
}

bool ConnectionOptions::lists(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < first_count_; ++i) {
    if (iequals(first_[i], name)) return true;
  }
  for (const std::string_view listed : more_) {
    if (iequals(listed, name)) return true;
  }
  return false;
}

}  // namespace cxxproxy::wire
