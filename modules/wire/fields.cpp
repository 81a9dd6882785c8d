#include "wire/fields.hpp"

#include <algorithm>
#include <cstring>

namespace cxxproxy::wire {

namespace {

bool same_eight(const char* a, const char* b) noexcept { return std::memcmp(a, b, 8) == 0; }

// Eight at once; the last eight may overlap those before.
bool same(const char* a, const char* b, std::size_t size) noexcept {
  constexpr std::size_t eight = 8;
  if (size < eight) return false;
  for (std::size_t at = 0; at < size - eight; at += eight) {
    if (!same_eight(a + at, b + at)) return false;
  }
  return same_eight(a + size - eight, b + size - eight);
}

}  // namespace

// Most are spelled alike, which is quickly seen where they are not very short.
bool same_but_case(const char* a, const char* b, std::size_t size) noexcept {
  return same(a, b, size) || std::equal(a, a + size, b, [](char x, char y) { return x == y || lower(x) == lower(y); });
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_token_char(c); });
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
  if (iequals(connection_value, "keep-alive")) return;
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
