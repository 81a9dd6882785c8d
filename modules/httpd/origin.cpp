#include "httpd/origin.hpp"

#include "httpd/pool.hpp"
#include "wire/url.hpp"

#include <string>

namespace cxxproxy::httpd {
namespace {

bool is_served(std::string_view scheme) {
  for (const std::string_view known : {"http", "https", "h2", "h2c", "ws", "wss", "balancer"}) {
    if (scheme == known) return true;
  }
  return false;
}

// host[:port] in canonical form, or nothing; userinfo is dropped, as the stock modules do.
std::optional<std::string> canonical_authority(apr_pool_t* pool, std::string_view text, std::string_view scheme) {
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) text.remove_prefix(at + 1);
  char* host = nullptr;
  char* scope = nullptr;
  apr_port_t port = 0;
  if (apr_parse_addr_port(&host, &scope, &port, copy_in(pool, text), pool) != APR_SUCCESS || !host || scope) {
    return std::nullopt;
  }
  ap_str_tolower(host);
  const bool usual = port == 0 || port == wire::default_port(scheme).value_or(0);
  std::string authority;
  wire::append_authority(authority, host, usual ? std::string() : std::to_string(port));
  return authority;
}

}  // namespace

const Origin* read_origin(apr_pool_t* pool, std::string_view url) {
  const std::optional<wire::Url> parts = wire::split_url(url);
  if (!parts) return nullptr;
  std::string authority;
  wire::append_authority(authority, parts->host, parts->port);
  const std::string_view text = url.substr(0, url.size() - parts->path_and_query.size());
  return &make_in<Origin>(
      pool, Origin{.text = {copy_in(pool, text), text.size()},
                   .authority = copy_in(pool, authority),
                   .host = copy_in(pool, parts->host),
                   .port = wire::port_number(parts->port).value_or(wire::default_port(parts->scheme).value_or(0))});
}

OriginFault read_origin_forms(apr_pool_t* pool, std::string_view url, OriginForms& forms) {
  const std::size_t colon = url.find(':');
  if (colon == std::string_view::npos || colon == 0) return OriginFault::NoUrl;
  const std::string scheme = wire::lower_cased(url.substr(0, colon));
  if (!is_served(scheme)) return OriginFault::NotServed;
  if (url.substr(colon + 1, 2) != "//") return OriginFault::NoUrl;
  forms.written = url.substr(0, url.find('/', colon + 3));
  const std::optional<std::string> authority = canonical_authority(pool, forms.written.substr(colon + 3), scheme);
  if (!authority) return OriginFault::BadAuthority;
  const char* canonical = joined_in(pool, {scheme, "://", *authority});
  forms.canonical = canonical;
  // With a "?" or "#" in it, it is an origin with something behind it to others.
  forms.parts = read_origin(pool, forms.canonical);
  if (forms.parts && forms.parts->text.size() != forms.canonical.size()) forms.parts = nullptr;
  return OriginFault::None;
}

}  // namespace cxxproxy::httpd
