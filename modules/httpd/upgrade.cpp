#include "httpd/upgrade.hpp"

#include "wire/fields.hpp"

namespace cxxproxy::httpd {
namespace {

// With a version behind it or without.
bool is_http_or_tls(std::string_view protocol) noexcept {
  const std::string_view name = protocol.substr(0, protocol.find('/'));
  return wire::iequals(name, "h2c") || wire::iequals(name, "h2") || wire::iequals(name, "http") ||
         wire::iequals(name, "tls");
}

}  // namespace

bool may_upgrade(std::string_view allowed, std::string_view wanted, bool websocket) noexcept {
  if (allowed.empty()) return websocket && wire::iequals(wanted, "websocket");
  if (allowed != "*") return wire::iequals(allowed, wanted) || wire::list_contains(allowed, wanted);
  bool harmless = true;
  wire::for_each_member(wanted, [&](std::string_view one) { harmless = harmless && !is_http_or_tls(one); });
  return harmless && !wire::trim_ows(wanted).empty();
}

bool may_offer(std::string_view allowed, std::string_view offered, bool websocket) noexcept {
  bool any = false;
  bool all = true;
  wire::for_each_member(offered, [&](std::string_view one) {
    any = true;
    all = all && may_upgrade(allowed, one, websocket);
  });
  return any && all;
}

}  // namespace cxxproxy::httpd
