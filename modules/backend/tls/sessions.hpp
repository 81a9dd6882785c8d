// Sessions that may be gone on with: the next handshake with the same backend is shorter.
#pragma once

#include "backend/tls/openssl.hpp"

#include <cstddef>
#include <ctime>
#include <deque>
#include <mutex>
#include <string>

namespace cxxproxy::backend {

// Of one profile, in one process; any thread. Bounded: the oldest makes room.
class TlsSessions {
 public:
  explicit TlsSessions(std::size_t most = 512) noexcept : most_(most) {}

  // The youngest for `peer` that is still good at `now`, or null. One of TLS 1.3 is given away but once, so that nobody
  // who listens can tell that two connections are of the same side (RFC 8446, appendix C.4).
  SslSession take(const std::string& peer, std::time_t now);

  void put(const std::string& peer, SslSession session);

  std::size_t size() const;

 private:
  struct Entry {
    std::string peer;
    SslSession session;
  };

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::deque<Entry> entries_;  // the youngest first
};

}  // namespace cxxproxy::backend
