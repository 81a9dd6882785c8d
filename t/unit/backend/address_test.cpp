#include "backend/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>

#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

Endpoint v4(const char* host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  REQUIRE(::inet_pton(AF_INET, host, &address.sin_addr) == 1);
  return Endpoint::copy_of(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

Endpoint v6(const char* host, std::uint16_t port, std::uint32_t scope = 0) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_scope_id = scope;
  REQUIRE(::inet_pton(AF_INET6, host, &address.sin6_addr) == 1);
  return Endpoint::copy_of(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

TEST_CASE("an endpoint reads as an operator would write it", "[backend]") {
  CHECK(v4("127.0.0.1", 8080).text() == "127.0.0.1:8080");
  CHECK(v6("::1", 80).text() == "[::1]:80");
  CHECK(v6("fe80::1", 80, 2).text() == "[fe80::1%2]:80");
  CHECK(Endpoint::of_unix_path("/run/app.sock")->text() == "/run/app.sock");
  CHECK(Endpoint().text().empty());
}

TEST_CASE("an endpoint knows its port", "[backend]") {
  CHECK(v4("127.0.0.1", 8080).port() == 8080);
  CHECK(v6("::1", 443).port() == 443);
  CHECK(Endpoint::of_unix_path("/run/app.sock")->port() == 0);
  CHECK(v4("127.0.0.1", 1).with_port(2) == v4("127.0.0.1", 2));
  CHECK(v6("::1", 1).with_port(2) == v6("::1", 2));
  CHECK(Endpoint::of_unix_path("/a")->with_port(2) == *Endpoint::of_unix_path("/a"));
}

TEST_CASE("endpoints are equal when they mean the same place", "[backend]") {
  CHECK(v4("127.0.0.1", 80) == v4("127.0.0.1", 80));
  CHECK(v4("127.0.0.1", 80) != v4("127.0.0.1", 81));
  CHECK(v4("127.0.0.1", 80) != v4("127.0.0.2", 80));
  CHECK(v6("::1", 80) != v6("::2", 80));
  CHECK(v6("fe80::1", 80, 1) != v6("fe80::1", 80, 2));
  CHECK(v4("127.0.0.1", 80) != v6("::ffff:127.0.0.1", 80));
  CHECK(*Endpoint::of_unix_path("/a") == *Endpoint::of_unix_path("/a"));
  CHECK(*Endpoint::of_unix_path("/a") != *Endpoint::of_unix_path("/a/b"));
  CHECK(Endpoint() == Endpoint());
}

TEST_CASE("padding the kernel leaves behind makes no difference", "[backend]") {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(80);
  std::memset(address.sin_zero, 0x5a, sizeof address.sin_zero);
  CHECK(Endpoint::copy_of(reinterpret_cast<const sockaddr*>(&address), sizeof address) == v4("0.0.0.0", 80));
}

TEST_CASE("a unix path may fill the address but not overflow it", "[backend]") {
  const std::string longest = "/" + std::string(106, 'x');
  CHECK(Endpoint::of_unix_path(longest)->text() == longest);
  CHECK(Endpoint::of_unix_path(longest + "x").error() == Error{Fault::UnixPathTooLong, ENAMETOOLONG});
}

TEST_CASE("no abstract sockets", "[backend]") {
  CHECK(Endpoint::of_unix_path("").error() == Error{Fault::Connect, EINVAL});
  CHECK(Endpoint::of_unix_path(std::string_view("\0name", 5)).error() == Error{Fault::Connect, EINVAL});
  CHECK(Endpoint::of_unix_path(std::string_view("/a\0b", 4)).error() == Error{Fault::Connect, EINVAL});
}

}  // namespace
}  // namespace cxxproxy::backend
