#include "wire/framing.hpp"

#include "wire/reader_script.hpp"

using namespace cxxproxy::wire;
using namespace cxxproxy::wire::test;

namespace {

constexpr ResponseReader::Options to_head{
    .limits = {}, .bad_field = ResponseReader::BadField::Error, .head_request = true};

std::string answer(std::string_view fields, std::string_view body) {
  return std::string("HTTP/1.1 200 OK\r\n").append(fields).append("\r\n\r\n").append(body);
}

}  // namespace

TEST_CASE("a body ends with its length and leaves the rest", "[wire]") {
  CHECK(play(answer("Content-Length: 3", "abcd")) ==
        Script{"head 1.1 200 (OK) [Content-Length=3] length 3", "body abc", "end, reusable", "left d"});
}

TEST_CASE("a body cut short by the backend is an error, not an end", "[wire]") {
  CHECK(outcome(answer("Content-Length: 3", "ab"), {}, Then::Close) == broken(Fault::ClosedInBody));
  CHECK(outcome(answer("Content-Length: 3", ""), {}, Then::Close) == broken(Fault::ClosedInBody));
}

TEST_CASE("without length or coding a body runs until the close", "[wire]") {
  CHECK(play(answer("A: b", "all of it"), {}, Then::Close) ==
        Script{"head 1.1 200 (OK) [A=b] until close", "body all of it", "end, not reusable"});
  CHECK(play(answer("A: b", ""), {}, Then::Close) ==
        Script{"head 1.1 200 (OK) [A=b] until close", "end, not reusable"});
}

TEST_CASE("a length is one plain number below 2^63", "[wire]") {
  for (const std::string_view text : {"", "x", "+5", "-1", "-0", "5 5", "5,5", "5, 5", "5;", "0x5", "5.0", "5 x",
                                      "9223372036854775808", "18446744073709551616", "99999999999999999999999"}) {
    INFO(text);
    CHECK(outcome(answer("Content-Length: " + std::string(text), "")) == broken(Fault::BadContentLength));
  }
  CHECK(play(answer("Content-Length: 9223372036854775807", "a"))[0] ==
        "head 1.1 200 (OK) [Content-Length=9223372036854775807] length 9223372036854775807");
  CHECK(outcome(answer("Content-Length: \t0005 ", "abcde")) == "end, reusable");
}

TEST_CASE("a length told twice must be the same and is passed on once", "[wire]") {
  CHECK(play(answer("Content-Length: 5\r\nA: b\r\ncontent-length: 05", "abcde")) ==
        Script{"head 1.1 200 (OK) [Content-Length=5|A=b] length 5", "body abcde", "end, reusable"});
  CHECK(outcome(answer("Content-Length: 5\r\nContent-Length: 6", "abcdef")) == broken(Fault::BadContentLength));
}

TEST_CASE("the only transfer coding is one chunked", "[wire]") {
  for (const std::string_view text :
       {"", "gzip", "identity", "gzip, chunked", "chunked, gzip", "chunked, chunked", ",chunked", "chunked,",
        "xchunked", "\"chunked\"", "chunked;q=1", "chunked chunked"}) {
    INFO(text);
    CHECK(outcome(answer("Transfer-Encoding: " + std::string(text), "0\r\n\r\n")) == broken(Fault::BadTransferCoding));
  }
  CHECK(outcome(answer("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n")) ==
        broken(Fault::BadTransferCoding));
  CHECK(outcome(answer("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", "0\r\n\r\n")) ==
        broken(Fault::BadTransferCoding));
  CHECK(outcome(answer("transfer-encoding: \t CHUNKED ", "0\r\n\r\n")) == "end, reusable");
}

TEST_CASE("a coding beats a length, which is not passed on, and the connection is not used again", "[wire]") {
  const Script expected = {"head 1.1 200 (OK) [Transfer-Encoding=chunked] chunked", "body abc", "end, not reusable"};
  CHECK(play(answer("Content-Length: 1\r\nTransfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n")) == expected);
  CHECK(play(answer("Transfer-Encoding: chunked\r\nContent-Length: 1", "3\r\nabc\r\n0\r\n\r\n")) == expected);
}

TEST_CASE("a coding from an HTTP/1.0 backend is read, and the connection not used again", "[wire]") {
  CHECK(outcome("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") ==
        "end, not reusable");
}

TEST_CASE("HTTP/1.1 stays open unless told otherwise, HTTP/1.0 only if told so", "[wire]") {
  struct Row {
    std::string_view version;
    std::string_view connection;
    bool reusable;
  };
  const Row rows[] = {
      {"1.1", "", true},         {"1.1", "close", false},     {"1.1", "X-A, Close", false},
      {"1.1", "x;close", false}, {"1.1", "keep-alive", true}, {"1.1", "closed", true},
      {"1.0", "", false},        {"1.0", "Keep-Alive", true}, {"1.0", "keep-alive, close", false},
      {"1.0", "x", false},       {"1.2", "", true},           {"1.1", "keep-alive, close", false},
  };
  for (const Row& row : rows) {
    INFO(row.version << " " << row.connection);
    const std::string bytes = "HTTP/" + std::string(row.version) +
                              " 200 OK\r\nConnection: " + std::string(row.connection) + "\r\nContent-Length: 0\r\n\r\n";
    CHECK(outcome(bytes) == (row.reusable ? "end, reusable" : "end, not reusable"));
  }
  CHECK(outcome(answer("Connection: x\r\nConnection: close\r\nContent-Length: 0", "")) == "end, not reusable");
}

TEST_CASE("204, 304 and answers to HEAD have no body whatever they say", "[wire]") {
  CHECK(play("HTTP/1.1 204 N\r\nContent-Length: 3\r\n\r\nabc") ==
        Script{"head 1.1 204 (N) [Content-Length=3] none", "end, reusable", "left abc"});
  CHECK(play("HTTP/1.1 304 N\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n") ==
        Script{"head 1.1 304 (N) [Transfer-Encoding=chunked] none", "end, reusable", "left 3\r\n"});
  CHECK(play(answer("Content-Length: 7", ""), to_head) ==
        Script{"head 1.1 200 (OK) [Content-Length=7] none", "end, reusable"});
  CHECK(play(answer("Transfer-Encoding: chunked", "x"), to_head) ==
        Script{"head 1.1 200 (OK) [Transfer-Encoding=chunked] none", "end, reusable", "left x"});
  CHECK(play(answer("A: b", ""), to_head) == Script{"head 1.1 200 (OK) [A=b] none", "end, reusable"});
  CHECK(outcome(answer("Content-Length: 7\r\nContent-Length: 8", ""), to_head) == broken(Fault::BadContentLength));
}

TEST_CASE("a 205 is framed like any other", "[wire]") {
  CHECK(outcome("HTTP/1.1 205 R\r\nContent-Length: 3\r\n\r\nabc") == "end, reusable");
}

TEST_CASE("a body that is over ends with the close as well, but not to be used again", "[wire]") {
  ResponseReader reader;
  reader.start({});
  std::string_view in = "HTTP/1.1 204 N\r\n\r\n";
  REQUIRE(std::holds_alternative<Head>(reader.on_bytes(in)));
  const Event event = reader.on_close();
  REQUIRE(std::holds_alternative<End>(event));
  CHECK_FALSE(std::get<End>(event).reusable);
}
