// How long tunnels go on when their process ends, or their member is taken out of use: CxxProxyTunnelGrace.
#pragma once

#include "engine/clock.hpp"
#include "engine/lasting.hpp"
#include "engine/wait.hpp"
#include "exchange/exchange.hpp"

#include <chrono>
#include <optional>

namespace cxxproxy::httpd {

struct Member;
class ProxiedRequest;

// Restarts come with every rotation of logs, so no client should lose its tunnel at once; but a process that stays for
// hours holds memory and a place of the MPM's.
constexpr engine::Duration default_tunnel_grace = std::chrono::minutes(5);

// Then they have so long to say goodbye.
constexpr engine::Duration tunnel_parting = std::chrono::seconds(5);

// Nothing: for as long as they like.
std::optional<engine::Duration> tunnel_grace() noexcept;

// Of one tunnel: how long its member has been drained, disabled or stopped. A member that is in use again, or only in
// error, is none of these.
class MemberWatch {
 public:
  // A look. True: that has been so for `grace`.
  bool is_over(const Member* member, engine::Duration grace, engine::TimePoint now) noexcept;

  // When to look again, at the latest `pace` from now.
  engine::TimePoint next(engine::Duration pace, engine::Duration grace, engine::TimePoint now) const noexcept {
    return out_of_use_.next_look(pace, grace, now);
  }

 private:
  engine::Lasting out_of_use_;
};

// How often a tunnel that nobody waits for looks.
engine::Duration member_pace(engine::Duration grace) noexcept;

// The same for the tunnel of a thread that waits, which looks now and then whether its process ends.
class TunnelWatch {
 public:
  explicit TunnelWatch(const ProxiedRequest& request) noexcept : request_(request) {}

  // True: the exchange has been told to part, and goes on at once. Else `wait` may last as long as it says now.
  bool parts(exchange::Exchange& exchange, engine::Wait& wait, engine::TimePoint now) noexcept;

 private:
  const ProxiedRequest& request_;
  engine::Lasting process_ends_;
  MemberWatch member_;
  bool parted_ = false;
};

}  // namespace cxxproxy::httpd
