// Characters as HTTP and URLs class them: ASCII, whatever the locale says.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace cxxproxy::wire {

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr bool is_alpha(char c) noexcept { return lower(c) >= 'a' && lower(c) <= 'z'; }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }
constexpr bool is_ctl(char c) noexcept { return (c >= '\0' && c < ' ') || c == '\x7f'; }

// Letters, digits and some more.
class CharacterSet {
 public:
  explicit constexpr CharacterSet(std::string_view others) noexcept {
    for (std::size_t byte = 0; byte < has_.size(); ++byte) {
      const char c = static_cast<char>(byte);
      has_[byte] = is_alpha(c) || is_digit(c);
    }
    for (const char c : others) has_[static_cast<unsigned char>(c)] = true;
  }

  constexpr bool has(char c) const noexcept { return has_[static_cast<unsigned char>(c)]; }

 private:
  std::array<bool, 256> has_{};
};

// Which of the eight bytes at `text` are below `limit` or a DEL: their top bits, of which the lowest is exact.
// Subtracting `limit` from a byte sets its top bit if the byte was less; bytes with that bit set before do not count. A
// borrow can only come from a byte that was less, so a wrong yes has a right one below it.
template <unsigned char limit>
std::uint64_t below_or_del_among_eight(const char* text) noexcept {
  static_assert(limit <= 0x80);
  constexpr std::uint64_t each = 0x0101010101010101;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text, sizeof bytes);
  const std::uint64_t zero_if_del = bytes ^ (each * 0x7f);
  const std::uint64_t below = (bytes - each * limit) & ~bytes;
  const std::uint64_t del = (zero_if_del - each) & ~zero_if_del;
  return (below | del) & (each * 0x80);
}

template <unsigned char limit>
constexpr bool is_below_or_del(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte < limit || byte == 0x7f;
}

// The first byte of [at, end) that is below `limit` or a DEL, else `end`. All that heads hold passes here, hence eight
// at once.
template <unsigned char limit>
const char* find_below_or_del(const char* at, const char* end) noexcept {
  constexpr std::ptrdiff_t eight = 8;
  for (; end - at >= eight; at += eight) {
    const std::uint64_t found = below_or_del_among_eight<limit>(at);
    if (found == 0) continue;
    if constexpr (std::endian::native == std::endian::little) return at + std::countr_zero(found) / eight;
    break;
  }
  while (at != end && !is_below_or_del<limit>(*at)) ++at;
  return at;
}

// Whether any byte of the text is below `limit` or a DEL. The last eight may overlap those before.
template <unsigned char limit>
bool has_below_or_del(std::string_view text) noexcept {
  constexpr std::ptrdiff_t eight = 8;
  const char* at = text.data();
  const char* const end = at + text.size();
  if (end - at < eight) return find_below_or_del<limit>(at, end) != end;
  for (const char* const last = end - eight; at < last; at += eight) {
    if (below_or_del_among_eight<limit>(at)) return true;
  }
  return below_or_del_among_eight<limit>(end - eight) != 0;
}

}  // namespace cxxproxy::wire
