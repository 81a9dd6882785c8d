#include "httpd/tunnel_grace.hpp"

#include "httpd/config.hpp"

#include <algorithm>

namespace cxxproxy::httpd {
namespace {

constexpr engine::Duration pace = std::chrono::seconds(1);

bool process_ends() noexcept {
  int state = AP_MPMQ_RUNNING;
  return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS && state == AP_MPMQ_STOPPING;
}

}  // namespace

std::optional<engine::Duration> tunnel_grace() noexcept {
  const Setting<std::optional<apr_interval_time_t>>& given = config_of(ap_server_conf).tunnel_grace;
  if (!given.given) return default_tunnel_grace;
  if (!given.value) return std::nullopt;
  return engine::Duration(*given.value);
}

bool TunnelWatch::parts(exchange::Exchange& exchange, engine::Wait& wait, engine::TimePoint now) noexcept {
  const std::optional<engine::Duration> grace = tunnel_grace();
  if (parted_ || !grace) return false;
  if (!since_ && process_ends()) since_ = now;
  if (since_ && now - *since_ >= *grace) {
    parted_ = true;
    exchange.part(engine::deadline_after(now, tunnel_parting));
    return true;
  }
  wait.deadline = std::min(wait.deadline, engine::deadline_after(now, pace));
  return false;
}

}  // namespace cxxproxy::httpd
