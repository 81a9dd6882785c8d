// How one attempt at a member goes: what the configuration says about the member and the server, and what the request
// and its environment ask for.
#pragma once

#include "httpd/backend_url.hpp"
#include "httpd/config.hpp"
#include "httpd/request_switches.hpp"

#include "exchange/dispatcher.hpp"

namespace cxxproxy::httpd {

// A view of one request and one member, as they are while it exists.
class AttemptRules {
 public:
  // `continue_forwarded`: the client waits for a 100 that is the backend's to say.
  AttemptRules(request_rec* r, const Member& member, Switches switches, bool continue_forwarded) noexcept;

  // The connection may serve others after this request.
  bool reuses() const noexcept { return reuses_; }

  // The Expect that goes along: the client's own word for it, or ours when the wait is ours alone; null for none.
  const char* expectation() const;

  // The protocol that the request asks for and the member may switch to; null: none.
  const char* upgrade(const BackendUrl& url) const;

  exchange::Target target(const BackendUrl& url) const;

 private:
  const char* unix_path() const;
  void find_way(const BackendUrl& url, exchange::Target& target) const;
  void secure(const BackendUrl& url, exchange::Target& target) const;
  void set_up_tunnel(const BackendUrl& url, exchange::Target& target) const;

  request_rec* r_;
  const Member& member_;
  const ServerConfig& config_;
  Switches switches_;
  bool continue_forwarded_;
  bool reuses_;
  bool pings_;  // the backend is asked for a 100 before it gets a body; with HTTP/2 PING does it
};

// Whether the backend is to be reached through TLS.
bool wants_tls(const BackendUrl& url) noexcept;

// The name that the backend's certificate must be for is the client's choice.
bool client_names_backend(const request_rec* r) noexcept;

// How, for this request; null where SSLProxyEngine is not On.
const TlsWay* tls_way_of(const request_rec* r) noexcept;

// Whether sending the request twice is the same as once (RFC 9110 section 9.2.2).
bool is_idempotent(const request_rec* r) noexcept;

}  // namespace cxxproxy::httpd
