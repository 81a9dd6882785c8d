// The public contract for a balancing policy: one that comes with mod_cxxproxy, or one from a module of yours.
// Standard library only: neither httpd's headers nor ours are needed to write or to test a policy.
//
// A module adds the policy `lbmethod=coin` like this. It must be loaded before the line that names the policy, because
// that line is checked when it is read.
//
//   #include <cxxproxy/policy.hpp>
//
//   class Coin final : public cxxproxy::Policy {
//     std::optional<cxxproxy::MemberId> pick(std::span<const cxxproxy::MemberView> candidates,
//                                            const cxxproxy::PickInput& in) noexcept override {
//       if (candidates.empty()) return std::nullopt;
//       return candidates[in.dice % candidates.size()].id;
//     }
//   };
//   cxxproxy::Policy* coin() noexcept {
//     static constinit Coin policy;
//     return &policy;
//   }
//   const cxxproxy::PolicyRegistration registration = {"coin", &coin};
//
//   // in the module's register_hooks(apr_pool_t* pool)
//   ap_register_provider(pool, cxxproxy::policy_provider_group, registration.name, cxxproxy::policy_provider_version,
//                        &registration);
//
// Binary rules. The layout of these structs and the order of the virtual functions belong to provider version "1" and
// never change under that name; anything new comes as version "2", beside it. Build with a C++20 compiler of the
// Itanium C++ ABI and the same standard library as mod_cxxproxy (on Debian: g++ or clang with libstdc++). No exception
// crosses.
//
// Thread rules. The one instance of a policy serves every balancer of the process. All its functions are called from
// many threads at once, and by other processes on the same scores: keep no state but what lies in MemberView::score,
// change that with atomic operations only, and neither block nor allocate. No lock is held around a call.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

namespace cxxproxy {

inline constexpr char policy_provider_group[] = "cxxproxy_policy";
inline constexpr char policy_provider_version[] = "1";

// A member's place in its balancer, in the order of the configuration. Stable for the life of a configuration.
using MemberId = std::uint16_t;

// What a policy may know of a member: a value, for the time of one call.
struct MemberView {
  MemberId id;
  std::uint32_t weight;              // loadfactor in hundredths: 100 is 1.00; never 0
  std::uint32_t inflight;            // requests this member is serving now, for all children
  std::uint64_t sent;                // bytes sent to it
  std::uint64_t received;            // bytes received from it
  std::atomic<std::int64_t>* score;  // the policy's own number for this member, 0 when fresh. It lies in memory that
                                     // all children share, and the balancer-manager shows it as "Load". Never null.
  const char* host = "";  // of its URL, as text in lower case; lives as long as the configuration. Never null.
};
static_assert(std::atomic<std::int64_t>::is_always_lock_free, "other processes could not share it");

// Chance and time come from outside, so that a test can hold both.
struct PickInput {
  std::uint64_t dice;   // evenly distributed over all 64 bits
  std::int64_t now_us;  // microseconds of a clock that never goes back
};

class Policy {
 public:
  // Chooses one of `candidates`: usable members of one set, in the order of the configuration, hot spares after the
  // others. Must return the id of one of them, or nothing to have the next set tried. See Wants for other candidates,
  // and for a pick that must not change anything.
  virtual std::optional<MemberId> pick(std::span<const MemberView> candidates, const PickInput& in) noexcept = 0;

  // A session named `chosen`, so nobody was picked. `usable` is every usable member of the balancer, whatever its set,
  // `chosen` among them. A policy that keeps a balance over time counts it here as if it had picked. With Wants::exact
  // every pick that stands ends here, too, and `usable` is then what it was picked from.
  virtual void charge(std::span<const MemberView> usable, MemberId chosen) noexcept {
    static_cast<void>(usable);
    static_cast<void>(chosen);
  }

  // What begins anew when the balancer is reset: when the manager makes a member usable again or sets another policy.
  // The caller sets it to 0 for all members. Requests in flight are counted, not reset.
  struct Reset {
    bool score = true;
    bool traffic = false;  // the `sent` and `received` of the members
  };
  virtual Reset reset() const noexcept { return {}; }

  // What of a MemberView this policy looks at besides id, weight, score and host. What it does not want may be 0: to
  // gather it for every candidate costs more than most picks do.
  struct Wants {
    bool inflight = true;
    bool traffic = true;  // `sent` and `received`

    // Of all callers who see the same `inflight` of a member only one may pick it by that; the others are asked again,
    // with fresh views. So pick() changes nothing, and charge() counts what was picked once it stands.
    bool exact = false;  // and `inflight`, whatever that says

    // Candidates are all usable members of the balancer at once, in the order of the configuration: also those of other
    // sets, spares, standbys and those that are being drained.
    bool everyone = false;

    constexpr bool anything() const noexcept { return inflight || traffic || exact; }
  };
  virtual Wants wants() const noexcept { return {}; }

 protected:
  // Nobody owns a policy through this interface: it lives as long as the module that brought it.
  ~Policy() = default;
};

// What a module hands to httpd as its provider; lives as long as the module.
struct PolicyRegistration {
  const char* name;                // the word after `lbmethod=`, at most 15 characters
  Policy* (*instance)() noexcept;  // always the same instance, never null
};

}  // namespace cxxproxy
