#include "wire/fields.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace cxxproxy::wire {

namespace {

// Whether all bytes of two words are the same letters, whatever their case, or the same bytes. Two that differ in
// nothing but the bit of case are the same letter if either is one: between `a` and `z` with that bit, and ASCII.
template <class Word>
bool same_word(const char* a_text, const char* b_text) noexcept {
  constexpr Word each = static_cast<Word>(0x0101010101010101);
  constexpr Word case_bits = each * 0x20, top_bits = each * 0x80;
  Word a = 0, b = 0;
  std::memcpy(&a, a_text, sizeof a);
  std::memcpy(&b, b_text, sizeof b);
  const Word differs = a ^ b;
  if (differs == 0) return true;
  if ((differs & ~case_bits) != 0) return false;
  const Word low = (a | case_bits) & ~top_bits;
  const Word from_a = low + each * (0x80 - 'a'), beyond_z = low + each * (0x7f - 'z');
  const Word letters = (from_a ^ beyond_z) & ~a & top_bits;
  return ((differs << 2) & ~letters) == 0;
}

// Word by word; the last may overlap the one before.
template <class Word>
bool same_words(const char* a, const char* b, std::size_t size) noexcept {
  for (std::size_t at = 0; at < size - sizeof(Word); at += sizeof(Word)) {
    if (!same_word<Word>(a + at, b + at)) return false;
  }
  return same_word<Word>(a + size - sizeof(Word), b + size - sizeof(Word));
}

}  // namespace

bool same_but_case(const char* a, const char* b, std::size_t size) noexcept {
  if (size >= sizeof(std::uint64_t)) return same_words<std::uint64_t>(a, b, size);
  if (size >= sizeof(std::uint32_t)) return same_words<std::uint32_t>(a, b, size);
  return std::equal(a, a + size, b, [](char x, char y) { return lower(x) == lower(y); });
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
