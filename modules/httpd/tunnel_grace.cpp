#include "httpd/tunnel_grace.hpp"

#include "httpd/config.hpp"
#include "httpd/mpm.hpp"
#include "httpd/proxied_request.hpp"
#include "httpd/shared_state.hpp"

#include "balance/status.hpp"

#include <algorithm>

namespace cxxproxy::httpd {
namespace {

constexpr engine::Duration pace = std::chrono::seconds(1);

// A look is cheap, but wakes a reactor for each idle tunnel.
constexpr engine::Duration least_pace = std::chrono::milliseconds(50);
constexpr engine::Duration most_pace = std::chrono::seconds(10);

bool is_out_of_use(const Member& member) noexcept {
  return balance::MemberFlags(member.state->flags.load(std::memory_order_acquire)).has_any(balance::out_of_use_flags);
}

}  // namespace

std::optional<engine::Duration> tunnel_grace() noexcept {
  const Setting<std::optional<apr_interval_time_t>>& given = config_of(ap_server_conf).tunnel_grace;
  if (!given.given) return default_tunnel_grace;
  if (!given.value) return std::nullopt;
  return engine::Duration(*given.value);
}

bool MemberWatch::is_over(const Member* member, engine::Duration grace, engine::TimePoint now) noexcept {
  return out_of_use_.look(member && member->balancer && is_out_of_use(*member), grace, now);
}

engine::Duration member_pace(engine::Duration grace) noexcept { return std::clamp(grace / 4, least_pace, most_pace); }

bool TunnelWatch::parts(exchange::Exchange& exchange, engine::Wait& wait, engine::TimePoint now) noexcept {
  const std::optional<engine::Duration> grace = tunnel_grace();
  if (parted_ || !grace) return false;
  const bool alone = member_.is_over(request_.member(), *grace, now);
  if (process_ends_.look(process_ends(), *grace, now) || alone) {
    parted_ = true;
    exchange.part(engine::deadline_after(now, tunnel_parting));
    return true;
  }
  wait.deadline = std::min(wait.deadline, member_.next(pace, *grace, now));
  return false;
}

}  // namespace cxxproxy::httpd
