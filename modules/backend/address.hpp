// Where a backend lives, as it is configured (Origin) and as the kernel wants it (Endpoint).
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backend/result.hpp"

namespace cxxproxy::backend {

// A host and port, or the path of a unix socket. With a path, the host only names the backend and is never looked up.
struct Origin {
  std::string host;  // a name, an IPv4 address, or an IPv6 address with or without brackets
  std::uint16_t port = 0;
  std::string unix_path;  // empty: TCP

  bool operator==(const Origin&) const = default;
};

// One socket address: IPv4, IPv6 or unix. A value; made by this folder or from what the kernel gave.
class Endpoint {
 public:
  Endpoint() noexcept = default;  // of no family; connects nowhere

  // A copy of `length` bytes at `address`; more than a sockaddr_storage are cut.
  static Endpoint copy_of(const sockaddr* address, socklen_t length) noexcept;

  // A socket in the file system. Too long for the kernel (107 bytes here): UnixPathTooLong. An empty path or one with a
  // NUL byte, which would be an abstract socket: Connect, EINVAL.
  static Result<Endpoint> of_unix_path(std::string_view path);

  const sockaddr* data() const noexcept { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t length() const noexcept { return length_; }
  int family() const noexcept { return storage_.ss_family; }
  std::uint16_t port() const noexcept;                    // 0 for a unix socket
  Endpoint with_port(std::uint16_t port) const noexcept;  // a unix socket has none and stays as it is

  // For logs and pool keys: "127.0.0.1:8080", "[::1]:80", "[fe80::1%2]:80", "/run/app.sock"; "" for no family.
  std::string text() const;

  // Same family, address, port and scope; same path.
  friend bool operator==(const Endpoint& left, const Endpoint& right) noexcept;

 private:
  std::string_view path() const noexcept;

  sockaddr_storage storage_{};
  socklen_t length_ = 0;
};

using Endpoints = std::vector<Endpoint>;

}  // namespace cxxproxy::backend
