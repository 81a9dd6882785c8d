#include "wire/fields.hpp"

#include <string>

#include "catch.hpp"

using namespace cxxproxy::wire;

namespace {

std::vector<std::string> members(std::string_view list) {
  std::vector<std::string> all;
  for_each_member(list, [&all](std::string_view member) { all.emplace_back(member); });
  return all;
}

std::vector<std::string> options_in(std::string_view list) {
  std::vector<std::string> all;
  for_each_member(list, connection_separators, [&all](std::string_view member) { all.emplace_back(member); });
  return all;
}

}  // namespace

TEST_CASE("a token has at least one character and no separator", "[wire]") {
  CHECK(is_token("GET"));
  CHECK(is_token("!#$%&'*+-.^_`|~09azAZ"));
  CHECK_FALSE(is_token(""));
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    const bool separator = std::string_view("\"(),/:;<=>?@[\\]{}").find(character) != std::string_view::npos;
    CHECK(is_token({&character, 1}) == (c > 0x20 && c < 0x7f && !separator));
  }
}

TEST_CASE("a field value has no control character but the tab", "[wire]") {
  CHECK(is_field_value(""));
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    const bool good = (c >= 0x20 && c != 0x7f) || c == '\t';
    CHECK(is_field_value({&character, 1}) == good);
    // Wherever it stands, and whatever stands beside it.
    const std::string_view around = "\tplain \xe4\x80\xff~! text..";
    for (std::size_t at = 0; at < around.size(); ++at) {
      std::string text(around);
      text[at] = character;
      CHECK(is_field_value(text) == good);
    }
  }
}

TEST_CASE("names are compared as ASCII without case", "[wire]") {
  CHECK(iequals("Content-LENGTH", "content-length"));
  CHECK_FALSE(iequals("a", "ab"));
  CHECK_FALSE(iequals("@", "`"));
  CHECK_FALSE(iequals("[", "{"));
  CHECK_FALSE(iequals("\xc4", "\xe4"));
}

TEST_CASE("blanks are trimmed at both ends only", "[wire]") {
  CHECK(trim_ows(" \t a b\t ") == "a b");
  CHECK(trim_ows(" \t ").empty());
  CHECK(trim_ows("\r a").size() == 3);
}

TEST_CASE("a list is walked without its empty members", "[wire]") {
  CHECK(members("").empty());
  CHECK(members(" , ,,").empty());
  CHECK(members("a, b ,,c d,") == std::vector<std::string>{"a", "b", "c d"});
  CHECK(options_in("a;b ,c d\te") == std::vector<std::string>{"a", "b", "c", "d", "e"});
  CHECK(list_contains("gzip, CHUNKED", "chunked"));
  CHECK_FALSE(list_contains("xchunked", "chunked"));
}

TEST_CASE("the fields a Connection lists are known by name, over all of its fields", "[wire]") {
  ConnectionOptions options;
  CHECK_FALSE(options.lists(""));
  options.add("close, X-A;x-b x-c");
  options.add(",, ;\t");
  options.add("Keep-Alive");
  for (const std::string_view name : {"X-A", "X-B", "X-C", "close"}) CHECK(options.lists(name));
  CHECK_FALSE(options.lists("X-D"));
  CHECK_FALSE(options.lists(""));
}

TEST_CASE("a thousand options are fine, many more are refused", "[wire]") {
  std::string thousand;
  for (int i = 0; i < 1000; ++i) thousand += "x" + std::to_string(i) + ",";
  ConnectionOptions options;
  options.add(thousand);
  CHECK_FALSE(options.too_many());
  CHECK(options.lists("X0"));
  CHECK(options.lists("x15"));
  CHECK(options.lists("x16"));
  CHECK(options.lists("x999"));
  options.add(thousand + "close");
  CHECK(options.too_many());
}

TEST_CASE("only letters have case, whatever stands beside them", "[wire]") {
  for (std::size_t size : {1, 3, 4, 5, 8, 9, 20}) {
    for (int a = 0; a < 256; ++a) {
      for (int b = 0; b < 256; ++b) {
        std::string one(size, '\xe1'), other(size, '\xe1');
        one[size / 2] = static_cast<char>(a);
        other[size / 2] = static_cast<char>(b);
        const bool same = lower(one[size / 2]) == lower(other[size / 2]);
        if (iequals(one, other) != same) FAIL("size " << size << ": " << a << " and " << b);
      }
    }
  }
}

TEST_CASE("long texts are compared like short ones, ignoring case", "[wire]") {
  const std::string text = "Proxy-Authentication-Info";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const std::string whole = text.substr(0, size);
    CHECK(iequals(whole, whole));
    for (std::size_t at = 0; at < size; ++at) {
      std::string other = whole;
      other[at] ^= 0x20;
      CHECK(iequals(whole, other) == is_alpha(whole[at]));
      other[at] = '!';
      CHECK_FALSE(iequals(whole, other));
    }
  }
}
