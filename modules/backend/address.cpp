#include "backend/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace cxxproxy::backend {
namespace {

constexpr std::size_t path_offset = offsetof(sockaddr_un, sun_path);

const sockaddr_in& as_v4(const Endpoint& endpoint) { return reinterpret_cast<const sockaddr_in&>(*endpoint.data()); }
const sockaddr_in6& as_v6(const Endpoint& endpoint) { return reinterpret_cast<const sockaddr_in6&>(*endpoint.data()); }

std::string v4_text(const sockaddr_in& address) {
  std::array<char, INET_ADDRSTRLEN> host{};
  ::inet_ntop(AF_INET, &address.sin_addr, host.data(), host.size());
  return std::string(host.data()) + ':' + std::to_string(ntohs(address.sin_port));
}

std::string v6_text(const sockaddr_in6& address) {
  std::array<char, INET6_ADDRSTRLEN> host{};
  ::inet_ntop(AF_INET6, &address.sin6_addr, host.data(), host.size());
  std::string text = std::string("[") + host.data();
  if (address.sin6_scope_id != 0) text.append("%").append(std::to_string(address.sin6_scope_id));
  return text.append("]:").append(std::to_string(ntohs(address.sin6_port)));
}

bool same_v4(const sockaddr_in& left, const sockaddr_in& right) {
  return left.sin_port == right.sin_port && left.sin_addr.s_addr == right.sin_addr.s_addr;
}

bool same_v6(const sockaddr_in6& left, const sockaddr_in6& right) {
  return left.sin6_port == right.sin6_port && left.sin6_scope_id == right.sin6_scope_id &&
         std::memcmp(&left.sin6_addr, &right.sin6_addr, sizeof left.sin6_addr) == 0;
}

}  // namespace

Endpoint Endpoint::copy_of(const sockaddr* address, socklen_t length) noexcept {
  Endpoint endpoint;
  endpoint.length_ = std::min<socklen_t>(length, sizeof endpoint.storage_);
  std::memcpy(&endpoint.storage_, address, endpoint.length_);
  return endpoint;
}

Result<Endpoint> Endpoint::of_unix_path(std::string_view path) {
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) return Error{Fault::UnixPathTooLong, ENAMETOOLONG};
  if (path.empty() || path.find('\0') != std::string_view::npos) return Error{Fault::Connect, EINVAL};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return copy_of(reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(path_offset + path.size() + 1));
}

std::uint16_t Endpoint::port() const noexcept {
  if (family() == AF_INET) return ntohs(as_v4(*this).sin_port);
  if (family() == AF_INET6) return ntohs(as_v6(*this).sin6_port);
  return 0;
}

Endpoint Endpoint::with_port(std::uint16_t port) const noexcept {
  Endpoint copy = *this;
  if (family() == AF_INET) reinterpret_cast<sockaddr_in&>(copy.storage_).sin_port = htons(port);
  if (family() == AF_INET6) reinterpret_cast<sockaddr_in6&>(copy.storage_).sin6_port = htons(port);
  return copy;
}

std::string_view Endpoint::path() const noexcept {
  if (length_ <= path_offset) return {};
  const char* path = reinterpret_cast<const char*>(&storage_) + path_offset;
  return {path, ::strnlen(path, length_ - path_offset)};
}

std::string Endpoint::text() const {
  switch (family()) {
    case AF_INET:
      return v4_text(as_v4(*this));
    case AF_INET6:
      return v6_text(as_v6(*this));
    case AF_UNIX:
      return std::string(path());
    default:
      return {};
  }
}

bool operator==(const Endpoint& left, const Endpoint& right) noexcept {
  if (left.family() != right.family()) return false;
  switch (left.family()) {
    case AF_INET:
      return same_v4(as_v4(left), as_v4(right));
    case AF_INET6:
      return same_v6(as_v6(left), as_v6(right));
    case AF_UNIX:
      return left.path() == right.path();
    default:
      return true;
  }
}

}  // namespace cxxproxy::backend
