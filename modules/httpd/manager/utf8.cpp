#include "httpd/manager/utf8.hpp"

#include <algorithm>
#include <cstdint>

namespace cxxproxy::httpd::manager {

std::size_t utf8_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at])); };
  const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) < 0xc2 ? 0 : byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : 4;
  if (length <= 1) return length;
  if (text.size() < length) return 0;
  std::uint32_t character = byte(0) & (0x7fU >> length);
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xc0U) != 0x80) return 0;
    character = character << 6 | (byte(at) & 0x3fU);
  }
  constexpr std::uint32_t smallest[] = {0x80, 0x800, 0x10000};
  const bool exists = character >= smallest[length - 2] && character <= 0x10ffff &&
                      (character < 0xd800 || character > 0xdfff) && (character & ~1U) != 0xfffe;
  return exists ? length : 0;
}

std::string as_utf8(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length > 0) {
      result.append(text.substr(0, length));
    } else {
      const auto byte = static_cast<unsigned char>(text[0]);
      result += static_cast<char>(0xc0U | byte >> 6);
      result += static_cast<char>(0x80U | (byte & 0x3fU));
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

}  // namespace cxxproxy::httpd::manager
