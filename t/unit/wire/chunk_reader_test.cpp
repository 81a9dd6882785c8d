#include "wire/chunk_reader.hpp"

#include "wire/reader_script.hpp"

using namespace cxxproxy::wire;
using namespace cxxproxy::wire::test;

namespace {

std::string chunked(std::string_view body) {
  return std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").append(body);
}

Script body_of(std::string_view body) {
  Script script = play(chunked(body));
  script.erase(script.begin());
  return script;
}

std::string outcome_of(std::string_view body) { return outcome(chunked(body)); }

}  // namespace

TEST_CASE("chunks are put together and end with the empty one", "[wire]") {
  CHECK(body_of("5\r\nhello\r\nA\r\n, world...\r\n0\r\n\r\n") == Script{"body hello, world...", "end, reusable"});
  CHECK(body_of("0\r\n\r\n") == Script{"end, reusable"});
  CHECK(body_of("000\r\n\r\nmore") == Script{"end, reusable", "left more"});
  CHECK(body_of("0000000000000005\r\na\r\n0\n\r\n0\r\n\r\n") == Script{"body a\r\n0\n", "end, reusable"});
}

TEST_CASE("chunk extensions and blanks behind the size are dropped", "[wire]") {
  CHECK(body_of("3;a\r\nabc\r\n0;b=\"c\xe4\"\t;d\r\n\r\n") == Script{"body abc", "end, reusable"});
  CHECK(body_of("3  \t\r\nabc\r\n0 ;a = b\r\n\r\n") == Script{"body abc", "end, reusable"});
}

TEST_CASE("a chunk size is one to sixteen hex digits below 2^63", "[wire]") {
  for (const std::string_view size :
       {"", " 1", "0x1", "-1", "+1", "g", "1g", "1 2", ";a", "1,", "1\"", "00000000000000001", "ffffffffffffffff",
        "8000000000000000", "fffffffffffffffff", "10000000000000000"}) {
    INFO(size);
    CHECK(outcome_of(std::string(size) + "\r\na\r\n0\r\n\r\n") == broken(Fault::BadChunk));
  }
  CHECK(body_of("7fffffffffffffff\r\nabc") == Script{"body abc"});
}

TEST_CASE("chunk lines end in CRLF and nothing else", "[wire]") {
  for (const std::string_view body :
       {"1\na\r\n0\r\n\r\n", "1\r\na\n0\r\n\r\n", "1\r\na0\r\n\r\n", "1\r\nab\r\n0\r\n\r\n", "1\ra\r\n", "1\r\r\na\r\n",
        "1\r\na\r0\r\n\r\n", "1;a\nb\r\na\r\n0\r\n\r\n", "1;a\rb\r\na\r\n0\r\n\r\n", "1;a\x01\r\na\r\n0\r\n\r\n",
        "1;\x7f\r\na\r\n0\r\n\r\n", "0\n\r\n"}) {
    INFO(body);
    CHECK(outcome_of(body) == broken(Fault::BadChunk));
  }
  CHECK(outcome_of("0\r\n\n") == broken(Fault::BadLine));
  CHECK(outcome_of("0\r\nA: b\n\r\n") == broken(Fault::BadLine));
}

TEST_CASE("an extension may not go on for ever, nor may all of them together", "[wire]") {
  const auto last = [](const std::string& body) { return play_pieces({chunked(body)}, {}, Then::Wait).back(); };
  CHECK(last("1;" + std::string(9000, 'x')) == broken(Fault::LineTooLong));
  CHECK(last("1;" + std::string(9000, 'x') + "\r\n") == broken(Fault::LineTooLong));
  const std::string chunk = "1;" + std::string(8000, 'x') + "\r\na\r\n";
  std::string body;
  for (int i = 0; i < 8; ++i) body += chunk;
  CHECK(last(body + "0\r\n\r\n") == "end, reusable");
  CHECK(last(body + chunk + chunk) == broken(Fault::ChunkExtensionsTooLong));
}

TEST_CASE("a chunked body cut short is an error, not an end", "[wire]") {
  for (const std::string_view body :
       {"", "5", "5\r\n", "5\r\nhel", "5\r\nhello", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\n",
        "5\r\nhello\r\n0\r\nA: b\r\n", "5\r\nhello\r\n0\r\nA: b\r\n\r"}) {
    INFO(body);
    CHECK(outcome(chunked(body), {}, Then::Close) == broken(Fault::ClosedInBody));
  }
}

TEST_CASE("trailers are read like fields, without those that frame, route or authenticate", "[wire]") {
  CHECK(body_of("0\r\nX-Sum: 1\r\nContent-Length: 5\r\nHost: evil\r\nSet-Cookie: a=b\r\nTE: x\r\n folded\r\nLast: "
                "2\r\n\r\nHTTP") == Script{"end, reusable [X-Sum=1|Last=2]", "left HTTP"});
  CHECK(body_of("1\r\na\r\n0\r\nA: b\r\n\tc\r\n\r\n") == Script{"body a", "end, reusable [A=b c]"});
}

TEST_CASE("a bad trailer breaks the answer", "[wire]") {
  CHECK(outcome_of("0\r\nA : b\r\n\r\n") == broken(Fault::BadFieldName));
  CHECK(outcome_of("0\r\nA: b\x01\r\n\r\n") == broken(Fault::BadFieldValue));
  CHECK(outcome_of("0\r\n A: b\r\n\r\n") == broken(Fault::BadFold));
  CHECK(outcome_of("0\r\nno colon\r\n\r\n") == broken(Fault::NoColon));
  CHECK(outcome_of("0\r\nHTTP/1.1 200 OK\r\n\r\n") == broken(Fault::NoColon));
  CHECK(outcome_of("0\r\nContent-Length: 5\x01\r\n\r\n") == broken(Fault::BadFieldValue));
  std::string many = "0\r\n";
  for (int i = 0; i < 101; ++i) many += "A: b\r\n";
  CHECK(outcome_of(many + "\r\n") == broken(Fault::TooManyFields));
}

TEST_CASE("an endless trailer has the limit of a head", "[wire]") {
  ResponseReader::Options options;
  options.limits.head = 100;
  CHECK(outcome(chunked("0\r\nA: " + std::string(120, 'x')), options) == broken(Fault::HeadTooLarge));
}
