#include "backend/http2/request_head.hpp"

#include <string>

#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

constexpr Http2RequestHead::Line plain{"GET", "https", "host:8443", "/a?b"};

std::string text_of(const Http2RequestHead& head) {
  std::string text;
  head.for_each([&text](std::string_view name, std::string_view value, bool secret) {
    text.append(name).append("=").append(value).append(secret ? "(secret)|" : "|");
  });
  return text;
}

const std::string start = ":method=GET|:scheme=https|:authority=host:8443|:path=/a?b|";

std::string with(std::string_view name, std::string_view value) {
  Http2RequestHead head;
  head.start(plain);
  head.field(name, value);
  return head.finish() ? text_of(head).substr(start.size()) : "refused";
}

TEST_CASE("an HTTP/2 request begins with its pseudo fields and asks for trailers", "[backend][http2]") {
  Http2RequestHead head;
  CHECK_FALSE(head.finish());
  CHECK(head.start(plain));
  CHECK(head.field(wire::FieldName::Via, "1.1 proxy"));
  REQUIRE(head.finish());
  CHECK(text_of(head) == start + "via=1.1 proxy|te=trailers|");
  CHECK(head.start({"OPTIONS", "http", "", "*"}));
  REQUIRE(head.finish());
  CHECK(text_of(head) == ":method=OPTIONS|:scheme=http|:path=*|te=trailers|");
}

TEST_CASE("names become lower case, values lose the blanks around them", "[backend][http2]") {
  CHECK(with("X-Some-Name", "Some Value") == "x-some-name=Some Value|te=trailers|");
  CHECK(with("a", " \t b\tc \t") == "a=b\tc|te=trailers|");
  CHECK(with("a", " \t ") == "a=|te=trailers|");
  Http2RequestHead head;
  head.start(plain);
  CHECK(head.field("a", {" ", " x", " ", "y", " "}));
  REQUIRE(head.finish());
  CHECK(text_of(head) == start + "a=x y|te=trailers|");
}

TEST_CASE("fields of the connection are never sent", "[backend][http2]") {
  for (const char* name : {"Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade",
                           "HTTP2-Settings", "Host", "TE", "te", "hOsT"}) {
    INFO(name);
    CHECK(with(name, "something") == "te=trailers|");
  }
}

TEST_CASE("nor are those that Connection lists", "[backend][http2]") {
  const std::vector<wire::Field> fields = {
      {"X-One", "1", wire::FieldName::Other},   {"Connection", "close, x-ONE", wire::FieldName::Connection},
      {"X-Two", "2", wire::FieldName::Other},   {"Connection", "x-three", wire::FieldName::Connection},
      {"X-Three", "3", wire::FieldName::Other},
  };
  Http2RequestHead head;
  head.start(plain);
  CHECK(head.fields(fields));
  REQUIRE(head.finish());
  CHECK(text_of(head) == start + "x-two=2|te=trailers|");
}

TEST_CASE("a request whose Connection lists too much is refused", "[backend][http2]") {
  std::string names;
  for (int i = 0; i < 2000; ++i) names += "x" + std::to_string(i) + ",";
  const std::vector<wire::Field> fields = {{"Connection", names, wire::FieldName::Connection}};
  Http2RequestHead head;
  head.start(plain);
  CHECK_FALSE(head.fields(fields));
  CHECK_FALSE(head.finish());
}

TEST_CASE("what HTTP/2 cannot carry is refused, for good", "[backend][http2]") {
  CHECK(with("a", std::string("x\0y", 3)) == "refused");
  CHECK(with("a", "x\r\ny: z") == "refused");
  CHECK(with("a b", "x") == "refused");
  CHECK(with("", "x") == "refused");
  CHECK(with(":path", "/other") == "refused");
  Http2RequestHead head;
  for (const Http2RequestHead::Line& line : std::initializer_list<Http2RequestHead::Line>{
           {"GE T", "http", "host", "/"},
           {"", "http", "host", "/"},
           {"CONNECT", "http", "host", "/"},
           {"GET", "ftp", "host", "/"},
           {"GET", "http", "host name", "/"},
           {"GET", "http", "host\r\n", "/"},
           {"GET", "http", "host", "/with space"},
           {"GET", "http", "host", "/\x01"},
           {"GET", "http", "host", "no-slash"},
           {"GET", "http", "host", "*"},
           {"GET", "http", "host", ""},
       }) {
    CHECK_FALSE(head.start(line));
    CHECK_FALSE(head.field("a", "b"));
    CHECK_FALSE(head.finish());
  }
}

TEST_CASE("what is too large for a head is refused", "[backend][http2]") {
  CHECK(with("a", std::string(Http2RequestHead::most_bytes, 'x')) == "refused");
}

TEST_CASE("credentials are marked, so that no table remembers them", "[backend][http2]") {
  CHECK(with("Authorization", "Basic x") == "authorization=Basic x(secret)|te=trailers|");
  CHECK(with("Proxy-Authorization", "Basic x") == "proxy-authorization=Basic x(secret)|te=trailers|");
  CHECK(with("Cookie", "a=b") == "cookie=a=b(secret)|te=trailers|");
}

TEST_CASE("a trailer holds its fields and nothing else", "[backend][http2]") {
  Http2RequestHead trailer;
  trailer.start_trailer();
  CHECK(trailer.field("X-Sum", "1"));
  REQUIRE(trailer.finish());
  CHECK(text_of(trailer) == "x-sum=1|");
  trailer.start_trailer();
  CHECK_FALSE(trailer.field("Content-Length", "1"));
  CHECK_FALSE(trailer.finish());
}

}  // namespace
}  // namespace cxxproxy::backend
