#include "httpd/manager/guard.hpp"

#include "httpd/shared_state.hpp"

#include <apr_uri.h>

#include <string>

namespace cxxproxy::httpd::manager {
namespace {

// scheme://host:port in lower case; empty where there is no host.
std::string origin_of(apr_pool_t* pool, const char* url) {
  apr_uri_t uri;
  if (!url || apr_uri_parse(pool, url, &uri) != APR_SUCCESS || !uri.scheme || !uri.hostname) return {};
  const apr_port_t port = uri.port_str ? uri.port : apr_uri_port_of_scheme(uri.scheme);
  std::string origin = std::string(uri.scheme) + "://" + uri.hostname + ":" + std::to_string(port);
  ap_str_tolower(origin.data());
  return origin;
}

// As the client named it.
std::string own_origin(const request_rec* r) {
  const char* scheme = ap_http_scheme(r);
  const char* host = apr_table_get(r->headers_in, "Host");
  if (host) return origin_of(r->pool, apr_pstrcat(r->pool, scheme, "://", host, "/", nullptr));
  const char* name = ap_get_server_name(const_cast<request_rec*>(r));
  return origin_of(r->pool, apr_psprintf(r->pool, "%s://%s:%u/", scheme, name, ap_get_server_port(r)));
}

// Takes as long for a wrong one as for the right one.
bool equals(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  unsigned differing = 0;
  for (std::size_t i = 0; i < a.size(); ++i) differing |= static_cast<unsigned char>(a[i] ^ b[i]);
  return differing == 0;
}

}  // namespace

bool is_same_origin(const request_rec* r) {
  const char* said = apr_table_get(r->headers_in, "Origin");
  if (!said) said = apr_table_get(r->headers_in, "Referer");
  const std::string theirs = origin_of(r->pool, said);
  return !theirs.empty() && theirs == own_origin(r);
}

bool has_nonce(const Form& form, const Balancer& balancer) {
  const std::string* given = form.find("nonce");
  const std::string_view nonce = balancer.state->nonce.view();
  return given && !nonce.empty() && equals(*given, nonce);
}

}  // namespace cxxproxy::httpd::manager
