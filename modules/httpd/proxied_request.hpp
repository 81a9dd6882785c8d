// One proxied request on its way: both sides and the exchange between them, whoever drives it.
#pragma once

#include "httpd/request_body_rules.hpp"
#include "httpd/request_client.hpp"
#include "httpd/request_dispatcher.hpp"

#include "exchange/exchange.hpp"

namespace cxxproxy::httpd {

// Lives in the request's pool, because the request may outlast the thread that began it. One thread at a time.
class ProxiedRequest {
 public:
  // `url` is what r->filename names behind "proxy:".
  ProxiedRequest(request_rec* r, const char* url, const BodyChoice& body);

  request_rec* r() const noexcept { return r_; }
  exchange::Exchange& exchange() noexcept { return exchange_; }
  RequestClient& client() noexcept { return client_; }

  // The exchange is over: keeps the member's books and returns what the handler has to say to httpd.
  int conclude();

 private:
  int verdict(const exchange::Outcome& outcome);

  request_rec* r_;
  const int status_before_;  // of a request that is an error page, the error's
  RequestClient client_;
  RequestDispatcher dispatcher_;
  exchange::Exchange exchange_;
};

}  // namespace cxxproxy::httpd
