// How long tunnels go on when their process ends: CxxProxyTunnelGrace.
#pragma once

#include "engine/clock.hpp"
#include "engine/wait.hpp"
#include "exchange/exchange.hpp"

#include <chrono>
#include <optional>

namespace cxxproxy::httpd {

// Restarts come with every rotation of logs, so no client should lose its tunnel at once; but a process that stays for
// hours holds memory and a place of the MPM's.
constexpr engine::Duration default_tunnel_grace = std::chrono::minutes(5);

// Then they have so long to say goodbye.
constexpr engine::Duration tunnel_parting = std::chrono::seconds(5);

// Nothing: for as long as they like.
std::optional<engine::Duration> tunnel_grace() noexcept;

// The same for the tunnel of a thread that waits, which looks now and then whether its process ends.
class TunnelWatch {
 public:
  // True: the exchange has been told to part, and goes on at once. Else `wait` may last as long as it says now.
  bool parts(exchange::Exchange& exchange, engine::Wait& wait, engine::TimePoint now) noexcept;

 private:
  std::optional<engine::TimePoint> since_;
  bool parted_ = false;
};

}  // namespace cxxproxy::httpd
