#include "wire/request_head_scan.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "catch.hpp"

namespace cxxproxy::wire {
namespace {

using State = RequestHeadScan::State;
using Kind = RequestHeadScan::BodyHint::Kind;

using namespace std::string_literals;

constexpr RequestHeadScan::Limits httpd_default{.line = 8190, .field = 8190, .fields = 100};

struct Verdict {
  State state = State::Incomplete;
  std::size_t length = 0;  // only of a complete one
  RequestHeadScan::BodyHint body;
  bool expects_continue = false;

  bool operator==(const Verdict&) const = default;
};

// The bytes lie elsewhere in each call, as in a buffer that grows.
State feed(RequestHeadScan& scan, std::string_view all) {
  const auto copy = std::make_unique<char[]>(all.size());
  all.copy(copy.get(), all.size());
  return scan.on_bytes({copy.get(), all.size()});
}

Verdict verdict_of(const RequestHeadScan& scan, State state) {
  if (state != State::Complete) return {state, 0, {}, false};
  return {state, scan.length(), scan.body(), scan.expects_continue()};
}

Verdict whole(std::string_view bytes, const RequestHeadScan::Limits& limits) {
  RequestHeadScan scan;
  scan.restart(limits);
  const State state = feed(scan, bytes);
  return verdict_of(scan, state);
}

Verdict cut(std::string_view bytes, std::size_t at, const RequestHeadScan::Limits& limits) {
  RequestHeadScan scan;
  scan.restart(limits);
  feed(scan, bytes.substr(0, at));
  const State state = feed(scan, bytes);
  return verdict_of(scan, state);
}

Verdict byte_by_byte(std::string_view bytes, const RequestHeadScan::Limits& limits) {
  RequestHeadScan scan;
  scan.restart(limits);
  State state = State::Incomplete;
  for (std::size_t size = 0; size <= bytes.size(); ++size) state = scan.on_bytes(bytes.substr(0, size));
  return verdict_of(scan, state);
}

// What the scan says to these bytes, which must not depend on how they come, and not a byte too late or too early.
Verdict scan(std::string_view bytes, const RequestHeadScan::Limits& limits = httpd_default) {
  const Verdict verdict = whole(bytes, limits);
  INFO("bytes: " << bytes);
  std::size_t different = 0;
  for (std::size_t at = 0; at <= bytes.size(); ++at) different += cut(bytes, at, limits) == verdict ? 0 : 1;
  CHECK(different == 0);
  CHECK(byte_by_byte(bytes, limits) == verdict);
  if (verdict.state == State::Complete) {
    CHECK(whole(bytes.substr(0, verdict.length), limits) == verdict);
    CHECK(whole(bytes.substr(0, verdict.length - 1), limits).state == State::Incomplete);
  }
  return verdict;
}

// Nothing when it is not complete.
std::optional<std::size_t> length(std::string_view bytes, const RequestHeadScan::Limits& limits = httpd_default) {
  const Verdict verdict = scan(bytes, limits);
  return verdict.state == State::Complete ? std::optional(verdict.length) : std::nullopt;
}

// Complete, and nothing of `bytes` is left over.
bool ends_with(std::string_view bytes, const RequestHeadScan::Limits& limits = httpd_default) {
  return length(bytes, limits) == bytes.size() && length(std::string(bytes) + "more\r\n\r\n", limits) == bytes.size();
}

std::string with_fields(std::string_view fields) { return "POST / HTTP/1.1\r\n" + std::string(fields) + "\r\n"; }

RequestHeadScan::BodyHint body(std::string_view fields) {
  const Verdict verdict = scan(with_fields(fields));
  CHECK(verdict.state == State::Complete);
  return verdict.body;
}

bool expects_continue(std::string_view fields) { return scan(with_fields(fields)).expects_continue; }

RequestHeadScan::BodyHint of_length(std::uint64_t length) { return {Kind::Length, length}; }

TEST_CASE("a head ends with its blank line", "[wire]") {
  CHECK(ends_with("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK(ends_with("GET / HTTP/1.1\r\n\r\n"));
  CHECK(ends_with("GET / HTTP/1.1\nHost: a\n\n"));
  CHECK(ends_with("GET / HTTP/1.1\nHost: a\r\n\n"));
  CHECK(ends_with("GET / http/1.0\r\nHost: a\n\r\n"));
}

TEST_CASE("a head without its blank line is not whole", "[wire]") {
  CHECK(scan("").state == State::Incomplete);
  CHECK(scan("GET / HTTP/1.1").state == State::Incomplete);
  CHECK(scan("GET / HTTP/1.1\r\n").state == State::Incomplete);
  CHECK(scan("GET / HTTP/1.1\r\nHost: a\r\n").state == State::Incomplete);
  CHECK(scan("GET / HTTP/1.1\r\nHost: a\r\n\r").state == State::Incomplete);
  CHECK(scan("GET / HTTP/1.1\r\nHost: a\r\n\r\r\n").state == State::Incomplete);
  CHECK(scan("GET / HTTP/1.1\r\nHost: a\r\n \r").state == State::Incomplete);
}

TEST_CASE("once complete it stays so, until it is restarted", "[wire]") {
  RequestHeadScan scan;
  scan.restart(httpd_default);
  const std::string first = "GET / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
  CHECK(scan.on_bytes(first + "abc") == State::Complete);
  CHECK(scan.on_bytes(first + "abcGET / HTTP/1.1\r\n\r\n") == State::Complete);
  CHECK(scan.length() == first.size());
  scan.restart(httpd_default);
  CHECK(scan.length() == 0);
  CHECK(scan.on_bytes("GET / HTTP/1.1\r\n") == State::Incomplete);
  CHECK(scan.on_bytes("GET / HTTP/1.1\r\n\r\n") == State::Complete);
  CHECK(scan.body() == RequestHeadScan::BodyHint{});
  CHECK_FALSE(scan.expects_continue());
}

TEST_CASE("ten blank lines before a request are skipped, the eleventh is an error", "[wire]") {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  std::string blank;
  for (int lines = 1; lines <= 10; ++lines) {
    blank += lines % 2 == 0 ? "\r\n" : "\n";
    CHECK(scan(blank).state == State::Incomplete);
    CHECK(ends_with(blank + head));
  }
  CHECK(ends_with(blank + "\r\n"));
  CHECK(length(blank + "\r\n" + head) == blank.size() + 2);
}

TEST_CASE("a request line without a version has no fields", "[wire]") {
  CHECK(ends_with("GET /\r\n"));
  CHECK(ends_with("GET / \r\n"));
  CHECK(ends_with("\r\nGET /\n"));
  CHECK(ends_with("GET\r\n"));
  CHECK(ends_with(" \r\n"));
  CHECK(ends_with(" GET /\r\n"));
  CHECK(ends_with("GET / \0HTTP/1.1\r\n"s));
  CHECK(scan("GET /a").state == State::Incomplete);
}

TEST_CASE("a version that the core knows to be none ends the head, too", "[wire]") {
  CHECK(ends_with("GET /a b HTTP/1.1\r\n"));
  CHECK(ends_with("GET / HTTP/1.1x\r\n"));
  CHECK(ends_with("GET / HTTP/0.9\r\n"));
  CHECK(ends_with("GET / HTTP/11\r\n"));
  CHECK(ends_with("GET / HTTPS/1.1\r\n"));
  CHECK(ends_with("GET / HTTP/1x1\r\n"));
}

TEST_CASE("a line that the core may take for a request's has fields", "[wire]") {
  CHECK(scan("GET / HTTP/2.0\r\n").state == State::Incomplete);
  CHECK(scan("GET \t/\v HTTP/1.1 \r\n").state == State::Incomplete);
  CHECK(scan("GET / HTTP/1.1 more\r\n").state == State::Incomplete);
  CHECK(scan("GET / HTTP/1.1\r\r\n").state == State::Incomplete);
  CHECK(scan("GET / HTTP/1.1\0x\r\n"s).state == State::Incomplete);
}

// "GET /aaa... HTTP/1.1", this many characters.
std::string request_line(std::size_t size) { return "GET /" + std::string(size - 14, 'a') + " HTTP/1.1"; }

TEST_CASE("a request line is read up to its limit and not further", "[wire]") {
  const RequestHeadScan::Limits limits{.line = 40, .field = 100, .fields = 10};
  CHECK(ends_with(request_line(40) + "\r\n\r\n", limits));
  CHECK(ends_with(request_line(41) + "\n\r\n", limits));
  CHECK(ends_with(request_line(41) + "\r\n\r\n", limits));  // the core takes one more than its limit
  CHECK(length(request_line(42) + "\n\r\n", limits) == 43U);
  CHECK(length(request_line(42) + "\r\n\r\n", limits) == 43U);
  CHECK(length(request_line(50), limits) == 43U);
  CHECK(scan(request_line(42), limits).state == State::Incomplete);
  CHECK(scan(request_line(41) + "\r", limits).state == State::Incomplete);
  CHECK(length("\r\n\r\n" + request_line(50), limits) == 47U);
}

TEST_CASE("a field is read up to its limit and not further", "[wire]") {
  const RequestHeadScan::Limits limits{.line = 100, .field = 20, .fields = 10};
  const std::string line = "GET / HTTP/1.1\r\n";
  const auto field = [](std::size_t size) { return "A: " + std::string(size - 3, 'a'); };
  CHECK(ends_with(line + field(20) + "\r\n\r\n", limits));
  CHECK(ends_with(line + field(21) + "\n\r\n", limits));
  CHECK(ends_with(line + field(21) + "\r\n\r\n", limits));
  CHECK(length(line + field(22) + "\n\r\n", limits) == line.size() + 23);
  CHECK(length(line + "B: b\r\n" + field(30), limits) == line.size() + 6 + 23);
  CHECK(scan(line + field(22), limits).state == State::Incomplete);
}

TEST_CASE("one field too many is found with the line after it", "[wire]") {
  const RequestHeadScan::Limits limits{.line = 100, .field = 100, .fields = 2};
  const std::string two = "GET / HTTP/1.1\r\nA: a\r\nB: b\r\n";
  CHECK(ends_with(two + "\r\n", limits));
  CHECK(scan(two + "C: c\r\n", limits).state == State::Incomplete);
  CHECK(scan(two + "C: c\r\n c\r\n", limits).state == State::Incomplete);
  CHECK(ends_with(two + "C: c\r\n\r\n", limits));
  CHECK(ends_with(two + "C: c\r\nD: d\r\n", limits));
}

TEST_CASE("a folded line belongs to the field before it", "[wire]") {
  const RequestHeadScan::Limits limits{.line = 100, .field = 20, .fields = 1};
  const std::string line = "GET / HTTP/1.1\r\nA: a\r\n";
  CHECK(ends_with(line + " b\r\n\tc\r\n\r\n", limits));
  CHECK(ends_with(line + "     b     \r\n\r\n", limits));
  CHECK(scan(line + " b\r\n", limits).state == State::Incomplete);
  // 4 and 14 and a zero byte are less than 20, one more is not.
  CHECK(scan(line + " " + std::string(13, 'b') + "\r\n", limits).state == State::Incomplete);
  CHECK(ends_with(line + " " + std::string(14, 'b') + "\r\n", limits));
  CHECK(ends_with(line + " b\r\n c\r\n d\r\n e\r\n f\r\n g\r\n h\r\n i\r\n", limits));
}

TEST_CASE("a fold that the core refuses ends the head", "[wire]") {
  CHECK(ends_with("GET / HTTP/1.1\r\n b\r\n"));
  CHECK(ends_with("GET / HTTP/1.1\r\nA: a\r\n \r\n"));
  CHECK(ends_with("GET / HTTP/1.1\r\nA: a\r\n \t \r\n"));
}

TEST_CASE("without limits a head has a mebibyte", "[wire]") {
  constexpr std::size_t most = RequestHeadScan::most;
  const std::string line = "GET / HTTP/1.1\r\n";
  const std::string fits = line + "A: " + std::string(most - line.size() - 7, 'a') + "\r\n\r\n";
  REQUIRE(fits.size() == most);
  CHECK(whole(fits, {}) == Verdict{State::Complete, most, {}, false});
  const std::string large = line + "A: b" + fits.substr(line.size() + 3);
  CHECK(whole(large, {}).state == State::TooLarge);
  CHECK(cut(large, most, {}).state == State::TooLarge);
  CHECK(cut(large, most + 1, {}).state == State::TooLarge);
  CHECK(whole(large.substr(0, most), {}).state == State::Incomplete);
  CHECK(whole(std::string(most + 1, 'a'), {}).state == State::TooLarge);
}

TEST_CASE("with limits only they count", "[wire]") {
  const RequestHeadScan::Limits limits{.line = 100, .field = 2 * RequestHeadScan::most, .fields = 10};
  const std::string head = "GET / HTTP/1.1\r\nA: " + std::string(RequestHeadScan::most, 'a');
  CHECK(whole(head, limits).state == State::Incomplete);
  CHECK(whole(head + "\r\n\r\n", limits).state == State::Complete);
}

TEST_CASE("a head without Content-Length and Transfer-Encoding says that there is no body", "[wire]") {
  CHECK(body("").kind == Kind::None);
  CHECK(body("Host: a\r\nContent-Lengths: 5\r\nX-Content-Length: 5\r\n").kind == Kind::None);
  CHECK(body("Content-Length : 5\r\n").kind == Kind::None);  // the core refuses it
  CHECK(body("Content-Length\r\n").kind == Kind::None);
  CHECK(scan("GET /\r\nContent-Length: 5\r\n\r\n").body.kind == Kind::None);
}

TEST_CASE("a Content-Length says how long the body is", "[wire]") {
  CHECK(body("Content-Length: 5\r\n") == of_length(5));
  CHECK(body("content-length:0\r\n") == of_length(0));
  CHECK(body("CONTENT-LENGTH: \t 007 \r\n") == of_length(7));
  CHECK(body("Content-Length: 9223372036854775807\r\nHost: a\r\n") == of_length(9223372036854775807U));
}

TEST_CASE("a Content-Length that is none leaves the body unknown", "[wire]") {
  for (const char* value : {"", "-1", "+1", "1 2", "5,5", "0x5", "5a", "9223372036854775808", "99999999999999999999"}) {
    INFO("value: " << value);
    CHECK(body("Content-Length: " + std::string(value) + "\r\n").kind == Kind::Unknown);
  }
  CHECK(body("Content-Length: 5\r\nContent-Length: 5\r\n").kind == Kind::Unknown);
  CHECK(body("Content-Length: 5\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n").kind == Kind::Unknown);
  CHECK(body("Content-Length: 5\r\n 6\r\n").kind == Kind::Unknown);
  CHECK(body("Content-Length: 5\r\nHost: a\r\n 6\r\n") == of_length(5));
}

TEST_CASE("any Transfer-Encoding leaves the body unknown", "[wire]") {
  CHECK(body("Transfer-Encoding: chunked\r\n").kind == Kind::Unknown);
  CHECK(body("transfer-encoding:\r\n").kind == Kind::Unknown);
  CHECK(body("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n").kind == Kind::Unknown);
  CHECK(body("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n").kind == Kind::Unknown);
}

TEST_CASE("a client that expects a 100 is noticed", "[wire]") {
  CHECK(expects_continue("Expect: 100-continue\r\n"));
  CHECK(expects_continue("Host: a\r\nEXPECT:100-Continue \r\nContent-Length: 5\r\n"));
  CHECK(expects_continue("Expect: a, 100-continue\r\n"));
  CHECK(expects_continue("Expect:\r\n 100-continue\r\n"));
  CHECK_FALSE(expects_continue(""));
  CHECK_FALSE(expects_continue("Expect:\r\n"));
  CHECK_FALSE(expects_continue("Expect: 200-ok\r\n"));
  CHECK_FALSE(expects_continue("X-Expect: 100-continue\r\n"));
}

}  // namespace
}  // namespace cxxproxy::wire
