#include "wire/characters.hpp"

#include <string>

#include "catch.hpp"

using namespace cxxproxy::wire;

TEST_CASE("characters are classed as ASCII", "[wire]") {
  const CharacterSet set("_-");
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    const bool upper = i >= 'A' && i <= 'Z';
    const bool digit = i >= '0' && i <= '9';
    const bool alpha = upper || (i >= 'a' && i <= 'z');
    CHECK(lower(c) == (upper ? static_cast<char>(i + 32) : c));
    CHECK(is_alpha(c) == alpha);
    CHECK(is_digit(c) == digit);
    CHECK(is_blank(c) == (i == 0x20 || i == 0x09));
    CHECK(is_ctl(c) == (i < 0x20 || i == 0x7f));
    CHECK(set.has(c) == (alpha || digit || i == '_' || i == '-'));
  }
}

TEST_CASE("a control character is found in any place of any text", "[wire]") {
  int wrong = 0;
  for (std::size_t size = 0; size < 26; ++size) {
    for (const char filler : {'!', '~', '\x80', '\xff', '\xa0'}) {
      const std::string good(size, filler);
      wrong += has_below_or_del<0x21>(good) ? 1 : 0;
      for (std::size_t at = 0; at < size; ++at) {
        for (int i = 0; i < 256; ++i) {
          std::string text = good;
          text[at] = static_cast<char>(i);
          wrong += has_below_or_del<0x20>(text) == (i < 0x20 || i == 0x7f) ? 0 : 1;
          wrong += has_below_or_del<0x21>(text) == (i < 0x21 || i == 0x7f) ? 0 : 1;
          const char* const end = text.data() + size;
          const char* const found = i < 0x20 || i == 0x7f ? text.data() + at : end;
          wrong += find_below_or_del<0x20>(text.data(), end) == found ? 0 : 1;
        }
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("of several control characters the first is found", "[wire]") {
  int wrong = 0;
  for (std::size_t at = 0; at < 20; ++at) {
    for (const char first : {'\0', '\r', '\x1f', '\x7f'}) {
      for (const char later : {'\0', '\n', ' ', '!', '\x7f', '\x80'}) {
        const std::string text = std::string(at, 'a') + first + std::string(20, later);
        wrong += find_below_or_del<0x20>(text.data(), text.data() + text.size()) == text.data() + at ? 0 : 1;
      }
    }
  }
  CHECK(wrong == 0);
}
