#include "backend/resolve.hpp"

#include <algorithm>
#include <string>

#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

std::string only_address(const Origin& origin) {
  const auto found = resolve_blocking(origin);
  REQUIRE(found.ok());
  REQUIRE(found->size() == 1);
  return found->front().text();
}

TEST_CASE("a numeric host is its own address", "[backend]") {
  CHECK(only_address({"127.0.0.1", 8080, ""}) == "127.0.0.1:8080");
  CHECK(only_address({"::1", 80, ""}) == "[::1]:80");
  CHECK(only_address({"[2001:db8::7]", 80, ""}) == "[2001:db8::7]:80");
}

TEST_CASE("a unix path is its own address, whatever the host is called", "[backend]") {
  CHECK(only_address({"no.such.host.invalid", 80, "/run/app.sock"}) == "/run/app.sock");
}

TEST_CASE("a unix path that does not fit is an error", "[backend]") {
  CHECK(resolve_blocking({"localhost", 0, std::string(200, 'x')}).error().fault == Fault::UnixPathTooLong);
}

TEST_CASE("localhost is found, also where loopback is all there is", "[backend]") {
  const auto found = resolve_blocking({"localhost", 81, ""});
  REQUIRE(found.ok());
  const bool loopback = std::any_of(found->begin(), found->end(), [](const Endpoint& endpoint) {
    return endpoint.text() == "127.0.0.1:81" || endpoint.text() == "[::1]:81";
  });
  CHECK(loopback);
}

TEST_CASE("each address comes once", "[backend]") {
  const auto found = resolve_blocking({"localhost", 81, ""});
  REQUIRE(found.ok());
  for (const Endpoint& endpoint : *found) CHECK(std::count(found->begin(), found->end(), endpoint) == 1);
}

TEST_CASE("a name that cannot exist is a failed lookup", "[backend]") {
  const std::string overlong_label(64, 'x');
  CHECK(resolve_blocking({overlong_label + ".test", 80, ""}).error().fault == Fault::Lookup);
  CHECK(resolve_blocking({"", 80, ""}).error().fault == Fault::Lookup);
}

TEST_CASE("a NUL does not turn one name into another", "[backend]") {
  CHECK(resolve_blocking({std::string("127.0.0.1\0.example.com", 21), 80, ""}).error().fault == Fault::Lookup);
}

}  // namespace
}  // namespace cxxproxy::backend
