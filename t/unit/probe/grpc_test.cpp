#include "probe/grpc.hpp"

#include <cstdint>

#include "catch.hpp"

namespace cxxproxy::probe {
namespace {

using namespace std::string_literals;

std::string framed(std::string_view message) {
  std::string body(5, '\0');
  for (int i = 0; i < 4; ++i) body[4 - i] = static_cast<char>(message.size() >> 8 * i);
  return body.append(message);
}

Answer answered(std::string body, Question::Fields trailers = {{"grpc-status", "0"}}) {
  Answer answer;
  answer.whole = true;
  answer.status = 200;
  answer.fields = {{"content-type", "application/grpc"}};
  answer.trailers = std::move(trailers);
  answer.body = std::move(body);
  return answer;
}

std::string trouble_of(std::string_view message) { return grpc_health_trouble(answered(framed(message))); }

std::string with_status(const std::string& status) {
  return grpc_health_trouble(answered(framed("\x08\x01"), {{"grpc-status", status}}));
}

TEST_CASE("a request is for a service, or for the server as a whole", "[probe][grpc]") {
  CHECK(grpc_health_request("") == "\0\0\0\0\0"s);
  CHECK(grpc_health_request("a") == "\0\0\0\0\x03\x0a\x01"s + "a");
  CHECK(grpc_health_request(std::string(127, 'x')) == "\0\0\0\0\x81\x0a\x7f"s + std::string(127, 'x'));
}

TEST_CASE("a service's name may be long", "[probe][grpc]") {
  CHECK(grpc_health_request(std::string(128, 'x')) == "\0\0\0\0\x83\x0a\x80\x01"s + std::string(128, 'x'));
  CHECK(grpc_health_request(std::string(300, 'x')) == "\0\0\0\x01\x2f\x0a\xac\x02"s + std::string(300, 'x'));
}

TEST_CASE("only a server that serves is well", "[probe][grpc]") {
  CHECK(trouble_of("\x08\x01").empty());
  CHECK(trouble_of("\x08\0"s) == "UNKNOWN");
  CHECK(trouble_of("\x08\x02") == "NOT_SERVING");
  CHECK(trouble_of("\x08\x03") == "SERVICE_UNKNOWN");
  CHECK(trouble_of("\x08\x04") == "serving status 4");
  CHECK(trouble_of("\x08\xac\x02") == "serving status 300");
  CHECK(trouble_of("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") == "serving status 18446744073709551615");
  CHECK(trouble_of("") == "UNKNOWN");  // what is 0 may be left out
}

TEST_CASE("a field that comes twice counts as it came last", "[probe][grpc]") {
  CHECK(trouble_of("\x08\x02\x08\x01").empty());
  CHECK(trouble_of("\x08\x01\x08\x02") == "NOT_SERVING");
}

TEST_CASE("a number may be longer than it has to be", "[probe][grpc]") { CHECK(trouble_of("\x08\x81\0"s).empty()); }

TEST_CASE("other fields are passed over", "[probe][grpc]") {
  const std::string other = GENERATE("\x10\xac\x02"s,               // a number
                                     "\x11" + "12345678"s,          // eight bytes
                                     "\x12\x03"s + "abc",           // a text
                                     "\x12\0"s,                     // an empty one
                                     "\x15" + "1234"s,              // four bytes
                                     "\x0a\x02\x08\x02"s,           // field 1, but no number
                                     "\xf8\xff\xff\xff\x0f\x05"s);  // the highest field there is
  CHECK(trouble_of(other + "\x08\x01").empty());
  CHECK(trouble_of("\x08\x01" + other).empty());
  CHECK(trouble_of(other) == "UNKNOWN");
}

TEST_CASE("a message that is cut or none at all is no answer", "[probe][grpc]") {
  const std::string message = GENERATE("\x08"s,      // no value
                                       "\x08\x80"s,  // half of one
                                       "\x80"s,      // half of a field's number
                                       "\x08\x01\x11" + "1234567"s, "\x08\x01\x12\x04"s + "abc", "\x08\x01\x12"s,
                                       "\x08\x01\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s, "\x08\x01\x15" + "123"s,
                                       "\x08\x01\x13"s,  // groups are gone
                                       "\x08\x01\x16"s,  // there is no such kind of value
                                       "\x08\x01\x17"s, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s);
  CHECK(trouble_of(message) == "no HealthCheckResponse");
}

TEST_CASE("a body that is no message is no answer", "[probe][grpc]") {
  const std::string body = GENERATE(""s, "\0\0\0\0"s, "\0\0\0\0\x02\x08"s, "\0\x01\0\0\x02\x08\x01"s,
                                    "\0\xff\xff\xff\xff\x08\x01"s, "<html>it works</html>"s);
  CHECK(grpc_health_trouble(answered(body)) == "no HealthCheckResponse");
}

TEST_CASE("a message that is compressed is not read", "[probe][grpc]") {
  CHECK(grpc_health_trouble(answered("\x01\0\0\0\x02\x08\x01"s)) == "no HealthCheckResponse");
}

TEST_CASE("of the body the first message counts", "[probe][grpc]") {
  CHECK(grpc_health_trouble(answered(framed("\x08\x02") + framed("\x08\x01"))) == "NOT_SERVING");
}

TEST_CASE("a status of HTTP that is not 200 is told", "[probe][grpc]") {
  Answer answer = answered(framed("\x08\x01"));
  answer.status = 503;
  CHECK(grpc_health_trouble(answer) == "status 503");
}

TEST_CASE("a backend that speaks no gRPC is told", "[probe][grpc]") {
  CHECK(grpc_health_trouble(answered(framed("\x08\x01"), {})) == "no gRPC: the answer has no grpc-status");
}

TEST_CASE("the status of gRPC may come without a body", "[probe][grpc]") {
  Answer answer = answered("", {});
  answer.fields.emplace_back("Grpc-Status", "12");
  CHECK(grpc_health_trouble(answer) == "grpc-status 12 (unimplemented)");
  answer.fields.back().second = "0";
  CHECK(grpc_health_trouble(answer) == "no HealthCheckResponse");
}

TEST_CASE("the status behind the body is the one that counts", "[probe][grpc]") {
  Answer answer = answered(framed("\x08\x01"), {{"x", "y"}, {"GRPC-STATUS", "14"}});
  answer.fields.emplace_back("grpc-status", "0");
  CHECK(grpc_health_trouble(answer) == "grpc-status 14 (unavailable)");
}

TEST_CASE("each status of gRPC has its name", "[probe][grpc]") {
  CHECK(with_status("0").empty());
  CHECK(with_status("1") == "grpc-status 1 (cancelled)");
  CHECK(with_status("4") == "grpc-status 4 (deadline exceeded)");
  CHECK(with_status("5") == "grpc-status 5 (not found)");
  CHECK(with_status("16") == "grpc-status 16 (unauthenticated)");
  CHECK(with_status("17") == "grpc-status 17");
  CHECK(with_status("999") == "grpc-status 999");
}

TEST_CASE("a status of gRPC that is no number is not repeated", "[probe][grpc]") {
  const std::string status = GENERATE("", "OK", "-1", "0x1", "1 2", "1000", "\x1b[31m", "12\n");
  CHECK(with_status(status) == "a grpc-status that is no number");
}

}  // namespace
}  // namespace cxxproxy::probe
