#include "wire/request_writer.hpp"

#include <limits>

#include "catch.hpp"

using namespace cxxproxy::wire;

TEST_CASE("a request head is written behind what is there", "[wire]") {
  std::string out = "before";
  RequestWriter writer(out);
  CHECK(writer.start("GET", "/a?b=c", 1));
  CHECK(writer.field("Host", {"h", ":", "8080"}));
  CHECK(writer.field(FieldName::Te, "trailers"));
  CHECK(writer.field("X-Empty", ""));
  CHECK(writer.field("X-Latin", "\xe4\tb"));
  CHECK(writer.field(FieldName::ContentLength, std::uint64_t{18446744073709551615U}));
  CHECK(writer.finish());
  CHECK(out ==
        "beforeGET /a?b=c HTTP/1.1\r\nHost: h:8080\r\nTE: trailers\r\nX-Empty: \r\nX-Latin: \xe4\tb\r\n"
        "Content-Length: 18446744073709551615\r\n\r\n");
}

TEST_CASE("an HTTP/1.0 request says so", "[wire]") {
  std::string out;
  RequestWriter writer(out);
  CHECK(writer.start("OPTIONS", "*", 0));
  CHECK(writer.finish());
  CHECK(out == "OPTIONS * HTTP/1.0\r\n\r\n");
}

TEST_CASE("no request line is written that could be read as two", "[wire]") {
  struct Row {
    std::string_view method;
    std::string_view target;
    int minor_version;
  };
  const Row rows[] = {
      {"", "/", 1},        {"G T", "/", 1},
      {"GET\r\n", "/", 1}, {"GET", "", 1},
      {"GET", "/a b", 1},  {"GET", "/\r\nX: y", 1},
      {"GET", "/\n", 1},   {"GET", "/\x7f", 1},
      {"GET", "/\t", 1},   {"GET", std::string_view("/\0", 2), 1},
      {"GET", "/", 2},     {"GET", "/", -1},
  };
  for (const Row& row : rows) {
    std::string out = "before";
    RequestWriter writer(out);
    CHECK_FALSE(writer.start(row.method, row.target, row.minor_version));
    CHECK_FALSE(writer.field("Host", "h"));
    CHECK_FALSE(writer.finish());
    CHECK(out == "before");
  }
}

TEST_CASE("no field is written that could be read as two, and what was written is taken back", "[wire]") {
  struct Row {
    std::string_view name;
    std::string_view value;
  };
  const Row rows[] = {
      {"", "x"},    {"A B", "x"},  {"A:", "x"},    {"A\r\nB", "x"}, {"A", "x\r\nB: c"},
      {"A", "x\n"}, {"A", "x\ry"}, {"A", "x\x01"}, {"A", "\x7f"},   {"A", std::string_view("\0", 1)},
  };
  for (const Row& row : rows) {
    std::string out = "before";
    RequestWriter writer(out);
    CHECK(writer.start("GET", "/", 1));
    CHECK(writer.field("Host", "h"));
    CHECK_FALSE(writer.field(row.name, {"good", row.value}));
    CHECK(writer.refused());
    CHECK_FALSE(writer.field("Host", "h"));
    CHECK_FALSE(writer.field(FieldName::Host, "h"));
    CHECK_FALSE(writer.finish());
    CHECK(out == "before");
  }
}

TEST_CASE("a request head may be of any size", "[wire]") {
  std::string expected = "before";
  std::string out = expected;
  RequestWriter writer(out);
  expected += "GET / HTTP/1.1\r\n";
  writer.start("GET", "/", 1);
  for (std::size_t size : {0, 1, 7, 8, 400, 511, 512, 513, 1000, 1024, 5000, 3, 70000}) {
    const std::string value(size, 'v');
    writer.field("X", value);
    expected += "X: " + value + "\r\n";
  }
  REQUIRE(writer.finish());
  CHECK(out == expected + "\r\n");
}

TEST_CASE("a chunk begins with its size in hex", "[wire]") {
  char out[18];
  CHECK(std::string_view(out, write_chunk_prefix(out, 1)) == "1\r\n");
  CHECK(std::string_view(out, write_chunk_prefix(out, 0xabc)) == "abc\r\n");
  CHECK(std::string_view(out, write_chunk_prefix(out, std::numeric_limits<std::uint64_t>::max())) ==
        "ffffffffffffffff\r\n");
}
