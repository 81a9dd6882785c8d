#include "backend/resolve.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <memory>

namespace cxxproxy::backend {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

Endpoints endpoints_of(const addrinfo* list, std::uint16_t port) {
  Endpoints endpoints;
  for (; list != nullptr; list = list->ai_next) {
    const Endpoint endpoint = Endpoint::copy_of(list->ai_addr, list->ai_addrlen).with_port(port);
    const bool known = std::find(endpoints.begin(), endpoints.end(), endpoint) != endpoints.end();
    if (!known) endpoints.push_back(endpoint);
  }
  return endpoints;
}

Result<Endpoints> ask(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (code != 0) return Error{Fault::Lookup, code};
  const std::unique_ptr<addrinfo, FreeAddresses> owner(list);
  return endpoints_of(list, port);
}

std::string without_brackets(const std::string& host) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return bracketed ? host.substr(1, host.size() - 2) : host;
}

Result<Endpoints> resolve_host_blocking(const std::string& host, std::uint16_t port) {
  if (auto numeric = ask(host, port, AI_NUMERICHOST)) return numeric;
  if (auto reachable = ask(host, port, AI_ADDRCONFIG)) return reachable;
  // AI_ADDRCONFIG does not count loopback addresses: a name that means ::1 has no address on a host without other IPv6.
  return ask(host, port, 0);
}

}  // namespace

bool is_address(const std::string& host) noexcept {
  char bytes[16];
  return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

Result<Endpoints> resolve_blocking(const Origin& origin) {
  if (!origin.unix_path.empty()) {
    auto endpoint = Endpoint::of_unix_path(origin.unix_path);
    if (!endpoint) return endpoint.error();
    return Endpoints{*endpoint};
  }
  // getaddrinfo would stop reading at the NUL and answer for another name.
  if (origin.host.find('\0') != std::string::npos) return Error{Fault::Lookup, EAI_NONAME};
  return resolve_host_blocking(without_brackets(origin.host), origin.port);
}

}  // namespace cxxproxy::backend
