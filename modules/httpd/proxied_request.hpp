// One proxied request on its way: both sides and the exchange between them, whoever drives it.
#pragma once

#include "httpd/request_body_rules.hpp"
#include "httpd/request_client.hpp"
#include "httpd/request_dispatcher.hpp"

#include "exchange/exchange.hpp"

#include <cstddef>

namespace cxxproxy::httpd {

// Lives as long as the request, which may outlast the thread that began it. One thread at a time.
class ProxiedRequest {
 public:
  // Ends with the request's pool. `url` is what r->filename names behind "proxy:".
  static ProxiedRequest& begin(request_rec* r, const char* url, const BodyChoice& body);

  ProxiedRequest(request_rec* r, const char* url, const BodyChoice& body);

  // Its memory is not the pool's: left from one request to the next of a thread it stays in the caches, and a request
  // with few fields needs only the first block of its pool.
  static void* operator new(std::size_t size);
  static void operator delete(void* memory) noexcept;

  request_rec* r() const noexcept { return r_; }
  exchange::Exchange& exchange() noexcept { return exchange_; }
  RequestClient& client() noexcept { return client_; }
  const Member* member() const noexcept { return dispatcher_.member(); }  // the one at hand, or null

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
