#include "httpd/state_plan.hpp"

#include "balance/fingerprint.hpp"
#include "httpd/config.hpp"

#include <algorithm>
#include <unordered_set>

namespace cxxproxy::httpd {
namespace {

// What is too long is cut, and told apart by a hash of the whole.
std::string shortened(const std::string& text, std::size_t longest) {
  return text.size() <= longest ? text : text.substr(0, longest) + "~" + std::to_string(balance::fingerprint(text));
}

// The server that a key belongs to, by what does not change with the order of the configuration. It leaves room for
// the balancer and the URL behind it.
std::string scope_of(const server_rec* s) {
  if (!s->is_virtual) return "*";
  std::string scope = s->server_hostname ? s->server_hostname : "";
  for (const server_addr_rec* address = s->addrs; address; address = address->next) {
    scope.append(" ").append(address->virthost).append(":").append(std::to_string(address->host_port));
  }
  return shortened(scope, 100);
}

class Keys {
 public:
  // What was there before gets a number.
  std::string unique(const std::string& whole) {
    const std::string wanted = shortened(whole, longest);
    std::string key = wanted;
    for (int number = 2; !seen_.insert(key).second; ++number) key = wanted + "#" + std::to_string(number);
    return key;
  }

 private:
  static constexpr std::size_t longest = 480;  // leaves room for hash and number

  std::unordered_set<std::string> seen_;
};

}  // namespace

std::size_t StatePlan::slots() const noexcept {
  std::size_t count = members.size();
  for (const ForBalancer& one : balancers) count += one.growth;
  return count;
}

StatePlan plan_state(server_rec* main_server, Member& generic) {
  StatePlan plan;
  Keys keys;
  std::unordered_set<const void*> seen;
  const auto add = [&](Member* member, const std::string& where, bool persists) {
    if (!seen.insert(member).second) {
      // Shared: kept if one of those who share it wants that.
      std::ranges::find(plan.members, member, &StatePlan::ForMember::member)->persists |= persists;
      return;
    }
    const std::string_view path = *member->unix_path ? std::string_view(member->unix_path) : std::string_view();
    const std::string name = path.empty() ? member->name : "unix:" + std::string(path) + "|" + member->name;
    plan.members.push_back({member, keys.unique(where + "|" + name), persists});
  };
  for (server_rec* s = main_server; s; s = s->next) {
    const ServerConfig& config = config_of(s);
    const std::string scope = scope_of(s) + "|";
    const bool persists = config.balancer_persist.value_or(false);
    for (Member* member : config.members) add(member, scope, false);
    for (Balancer* balancer : config.balancers) {
      for (Member* member : balancer->members) add(member, scope + balancer->name, persists);
      if (!seen.insert(balancer).second) continue;
      plan.balancers.push_back({balancer, keys.unique(scope + balancer->name), 0, persists});
      // The main server comes first, so the owner is there by now. Who wants the most room counts.
      const auto owner =
          std::ranges::find(plan.balancers, &owner_of_members(*balancer), &StatePlan::ForBalancer::balancer);
      owner->persists |= persists;
      owner->growth = std::max(owner->growth, static_cast<std::uint32_t>(balancer->settings.growth.value_or(0)));
    }
  }
  plan.members.push_back({&generic, keys.unique("generic"), false});
  return plan;
}

}  // namespace cxxproxy::httpd
