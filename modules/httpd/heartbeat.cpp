// lbmethod=heartbeat as a policy: balance/heartbeat's decision on httpd/heartbeat_reports's reports.

#include "httpd/heartbeat_reports.hpp"

#include "balance/registry.hpp"
#include "httpd/contain.hpp"

namespace cxxproxy::httpd {
namespace {

class ByHeartbeat final : public Policy {  // NOLINT(cppcoreguidelines-virtual-class-destructor): final, never owned
 public:
  std::optional<MemberId> pick(std::span<const MemberView> candidates, const PickInput& in) noexcept override {
    try {
      return balance::pick_by_heartbeat(candidates, heartbeat_reports(in.now_us), in.dice);
    } catch (const std::exception& escaped) {
      log_escaped(ap_server_conf, escaped.what());
      return std::nullopt;
    }
  }

  Reset reset() const noexcept override { return {.score = false, .traffic = false}; }
  Wants wants() const noexcept override { return {.inflight = false, .traffic = false, .everyone = true}; }
};

Policy* instance() noexcept {
  static constinit ByHeartbeat policy;
  return &policy;
}

constexpr PolicyRegistration registration = {"heartbeat", &instance};
CXXPROXY_POLICY(registration);

}  // namespace
}  // namespace cxxproxy::httpd
