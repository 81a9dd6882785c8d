#include "wire/plain_head.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"

namespace cxxproxy::wire {
namespace {

using namespace std::string_literals;
using Kind = PlainHead::BodyHint::Kind;

constexpr PlainHead::Limits httpd_default{.line = 8190, .field = 8190, .fields = 100};

bool plain(std::string_view bytes, const PlainHead::Limits& limits = httpd_default) {
  PlainHead head;
  const bool yes = head.read(bytes, limits);
  if (yes) CHECK(bytes.starts_with(head.bytes()));
  return yes;
}

bool plain_line(std::string_view line) { return plain(std::string(line) + "\r\nHost: a\r\n\r\n"); }
bool plain_fields(std::string_view fields) { return plain("GET / HTTP/1.1\r\n" + std::string(fields) + "\r\n"); }

PlainHead of_fields(std::string_view fields) {
  static std::string bytes;
  bytes = "GET / HTTP/1.1\r\n" + std::string(fields) + "\r\n";
  PlainHead head;
  REQUIRE(head.read(bytes, httpd_default));
  return head;
}

std::string shown(const PlainHead& head) {
  std::string all;
  for (const Field& field : head.fields()) {
    all.append(field.name).append("=").append(field.value).append("|");
  }
  return all;
}

TEST_CASE("a plain head is taken apart", "[wire]") {
  const std::string bytes = "GET /a?b HTTP/1.1\r\nHost: h\r\nX-A: b c\r\n\r\nGET /next";
  PlainHead head;
  REQUIRE(head.read(bytes, httpd_default));
  CHECK(head.request_line() == "GET /a?b HTTP/1.1");
  CHECK(shown(head) == "Host=h|X-A=b c|");
  CHECK(head.bytes() == "GET /a?b HTTP/1.1\r\nHost: h\r\nX-A: b c\r\n\r\n");
  CHECK_FALSE(head.repeats());
  CHECK(head.body() == PlainHead::BodyHint{});
}

TEST_CASE("nothing is left of a head when the next one is read", "[wire]") {
  PlainHead head;
  REQUIRE(head.read("POST /a HTTP/1.1\r\nA: 1\r\na: 2\r\nContent-Length: 3\r\n\r\n", httpd_default));
  REQUIRE(head.read("GET / HTTP/1.0\r\nA: 3\r\n\r\n", httpd_default));
  CHECK(shown(head) == "A=3|");
  CHECK_FALSE(head.repeats());
  CHECK(head.body() == PlainHead::BodyHint{});
}

TEST_CASE("a head is plain only when all of it is there", "[wire]") {
  const std::string bytes = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n";
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(plain(bytes.substr(0, size)));
  CHECK(plain(bytes));
}

TEST_CASE("plain methods are those that everybody knows", "[wire]") {
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
    CHECK(plain_line(method + " / HTTP/1.1"s));
  }
  for (const char* method : {"get", "GETS", "TRACE", "CONNECT", "FROBNICATE", "G(T", ""}) {
    CHECK_FALSE(plain_line(method + " / HTTP/1.1"s));
  }
}

TEST_CASE("a plain target is a path", "[wire]") {
  CHECK(plain_line("GET //a/../b;c:d@e?f=/g?h%zz HTTP/1.1"));
  CHECK(plain_line("GET /\xc3\xa4 HTTP/1.1"));
  CHECK_FALSE(plain_line("GET http://h/ HTTP/1.1"));
  CHECK_FALSE(plain_line("OPTIONS * HTTP/1.1"));
  CHECK_FALSE(plain_line("GET a HTTP/1.1"));
  CHECK_FALSE(plain_line("GET ?a HTTP/1.1"));
  CHECK_FALSE(plain_line("GET  HTTP/1.1"));
}

TEST_CASE("a plain target has no fragment and no control characters", "[wire]") {
  CHECK_FALSE(plain_line("GET /a#b HTTP/1.1"));
  for (const char* odd : {"\t", "\v", "\r", "\x01", "\x7f", " ", "\n"}) {
    CHECK_FALSE(plain_line("GET /a"s + odd + " HTTP/1.1"));
    CHECK_FALSE(plain_line("GET /a"s + odd + "bcdefghijkl HTTP/1.1"));
  }
  CHECK_FALSE(plain_line("GET /a\0b HTTP/1.1"s));
}

TEST_CASE("plain versions are 1.0 and 1.1", "[wire]") {
  CHECK(plain_line("GET / HTTP/1.0"));
  for (const char* version : {"HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "http/1.1", "HTTP/1.1x", "HTTP/1", "HTTP/01.1", ""}) {
    CHECK_FALSE(plain_line("GET / "s + version));
  }
  CHECK_FALSE(plain_line("GET /"));
  CHECK_FALSE(plain_line("GET"));
}

TEST_CASE("a plain request line has single spaces and nothing else around its words", "[wire]") {
  for (const char* line :
       {" GET / HTTP/1.1", "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 ", "GET\t/ HTTP/1.1",
        "GET /\tHTTP/1.1", "GET / x HTTP/1.1", "GET / HTTP/1.1\t", "GET / HTTP/1.1\r"}) {
    CHECK_FALSE(plain_line(line));
  }
}

TEST_CASE("an empty line before the request line is not plain", "[wire]") {
  CHECK_FALSE(plain("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  CHECK_FALSE(plain("\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"));
}

TEST_CASE("each line of a plain head ends in CRLF", "[wire]") {
  CHECK_FALSE(plain("GET / HTTP/1.1\nHost: h\r\n\r\n"));
  CHECK_FALSE(plain("GET / HTTP/1.1\r\nHost: h\n\r\n"));
  CHECK_FALSE(plain("GET / HTTP/1.1\r\nHost: h\r\n\n"));
  CHECK_FALSE(plain("GET / HTTP/1.1\r\nHost: h\r\r\n\r\n"));
  CHECK_FALSE(plain("GET / HTTP/1.1\r\nHost: h\r\n\r\r\n"));
}

TEST_CASE("folded lines are not plain", "[wire]") {
  CHECK_FALSE(plain_fields("Host: h\r\nX-A: b\r\n c\r\n"));
  CHECK_FALSE(plain_fields("Host: h\r\nX-A: b\r\n\tc: d\r\n"));
  CHECK_FALSE(plain_fields(" Host: h\r\n"));
  CHECK_FALSE(plain_fields("Host: h\r\n \r\n"));
}

TEST_CASE("plain names are tokens, right before the colon", "[wire]") {
  CHECK(plain_fields("!#$%&'*+-.^_`|~09azAZ: v\r\n"));
  for (const char* name : {"", "a b", "a ", " a", "a\t", "a(", "a\xc3\xa4", "a\x01", "Host ", "a\"", "a/b", "a\x7f"}) {
    CHECK_FALSE(plain_fields(std::string(name) + ": v\r\n"));
  }
  CHECK_FALSE(plain_fields("a\0: v\r\n"s));
  CHECK_FALSE(plain_fields("Nonsense\r\n"));
}

TEST_CASE("plain values have no control characters but tabs", "[wire]") {
  CHECK(plain_fields("X-A: b\tc \xc3\xa4 \xff\r\n"));
  for (const char* odd : {"\x01", "\v", "\f", "\r", "\x1b", "\x1f", "\x7f"}) {
    CHECK_FALSE(plain_fields("X-A: "s + odd + "\r\n"));
    CHECK_FALSE(plain_fields("X-A: long enough "s + odd + " to be looked at in words\r\n"));
  }
  CHECK_FALSE(plain_fields("X-A: b\0c\r\n"s));
}

TEST_CASE("blanks around a value do not belong to it", "[wire]") {
  CHECK(shown(of_fields("A:b\r\nC: \t d \te\t \r\nF:\r\nG: \t\r\n")) == "A=b|C=d \te|F=|G=|");
  CHECK(shown(of_fields("A::b:c \r\n")) == "A=:b:c|");
}

TEST_CASE("names that repeat are told of, whatever their case", "[wire]") {
  CHECK_FALSE(of_fields("Accept: a\r\nAccept-Language: b\r\nX-A: c\r\nX-B: d\r\nXA: e\r\n").repeats());
  CHECK(of_fields("Accept: a\r\nHost: h\r\naccept: b\r\n").repeats());
  CHECK(of_fields("X-A: a\r\nx-a: b\r\n").repeats());
  CHECK(of_fields("Host: a\r\nHost: b\r\n").repeats());
}

TEST_CASE("names that look alike do not repeat", "[wire]") {
  CHECK_FALSE(of_fields("X-Ab-C: a\r\nX-Cb-C: b\r\nX-bA-C: c\r\n").repeats());
  std::string fields;
  for (int i = 10; i < 70; ++i) fields += "X-" + std::to_string(i) + ": v\r\n";
  CHECK_FALSE(of_fields(fields).repeats());
  CHECK(of_fields(fields + "x-35: v\r\n").repeats());
}

TEST_CASE("a plain body has no length or a number", "[wire]") {
  CHECK(of_fields("Content-Length: 12\r\n").body() == PlainHead::BodyHint{Kind::Length, 12});
  CHECK(of_fields("content-length:  007 \r\n").body() == PlainHead::BodyHint{Kind::Length, 7});
  CHECK(of_fields("Content-Length: 999999999999999999\r\n").body().length == 999999999999999999U);
  for (const char* value : {"", "x", "1x", "+1", "-1", "1 2", "1,1", "0x1", "1.0", "9999999999999999999"}) {
    CHECK_FALSE(plain_fields("Content-Length: "s + value + "\r\n"));
  }
}

TEST_CASE("two lengths are not plain, be they equal", "[wire]") {
  CHECK_FALSE(plain_fields("Content-Length: 1\r\nContent-Length: 1\r\n"));
  CHECK_FALSE(plain_fields("Content-Length: 0\r\ncontent-length: 1\r\n"));
}

TEST_CASE("a Transfer-Encoding is not plain", "[wire]") {
  CHECK_FALSE(plain_fields("Transfer-Encoding: chunked\r\n"));
  CHECK_FALSE(plain_fields("transfer-encoding:\r\n"));
}

TEST_CASE("an Expect is not plain", "[wire]") {
  CHECK_FALSE(plain_fields("Expect: 100-continue\r\n"));
  CHECK_FALSE(plain_fields("EXPECT: x\r\n"));
}

TEST_CASE("a plain head as a whole is no longer than a line or a field may be", "[wire]") {
  const std::string bytes = "GET / HTTP/1.1\r\nHost: abcdefghij\r\n\r\n";
  const std::size_t size = bytes.size();
  CHECK(plain(bytes, {.line = size, .field = size, .fields = 10}));
  CHECK_FALSE(plain(bytes, {.line = size - 1, .field = size, .fields = 10}));
  CHECK_FALSE(plain(bytes, {.line = size, .field = size - 1, .fields = 10}));
  CHECK_FALSE(plain(bytes, {.line = 0, .field = size, .fields = 10}));
  CHECK_FALSE(plain(bytes, {.line = size, .field = 0, .fields = 10}));
}

TEST_CASE("a plain head has no more fields than it may have, and never very many", "[wire]") {
  const auto bytes = [](std::size_t count) {
    std::string all = "GET / HTTP/1.1\r\n";
    for (std::size_t i = 0; i < count; ++i) all += "A: b\r\n";
    return all + "\r\n";
  };
  CHECK(plain(bytes(0)));
  CHECK(plain(bytes(3), {.line = 8190, .field = 8190, .fields = 3}));
  CHECK_FALSE(plain(bytes(4), {.line = 8190, .field = 8190, .fields = 3}));
  CHECK(plain(bytes(PlainHead::most_fields)));
  CHECK_FALSE(plain(bytes(PlainHead::most_fields + 1)));
  CHECK(plain(bytes(PlainHead::most_fields), {.line = 8190, .field = 8190, .fields = 0}));
  CHECK_FALSE(plain(bytes(PlainHead::most_fields + 1), {.line = 8190, .field = 8190, .fields = 0}));
}

// What the engine goes by must not depend on which of the two has read the head.
TEST_CASE("a plain head ends where the scan says, and has the body that it says", "[wire]") {
  for (const char* head : {"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
                           "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n",
                           "PUT /a HTTP/1.1\r\ncontent-length:007 \r\nHost: a\r\n\r\n"}) {
    const std::string bytes = head + "and more\r\n\r\n"s;
    PlainHead plain;
    RequestHeadScan scan;
    scan.restart(httpd_default);
    REQUIRE(plain.read(bytes, httpd_default));
    CHECK(scan.on_bytes(bytes) == RequestHeadScan::State::Complete);
    CHECK(plain.bytes().size() == scan.length());
    CHECK(plain.body() == scan.body());
    CHECK_FALSE(scan.expects_continue());
  }
}

}  // namespace
}  // namespace cxxproxy::wire
