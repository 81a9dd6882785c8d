#include "httpd/added_members.hpp"

#include "httpd/config.hpp"
#include "httpd/connections.hpp"
#include "httpd/directives.hpp"
#include "httpd/shared_state.hpp"

#include <map>
#include <mutex>

namespace cxxproxy::httpd {
namespace {

struct Added {
  std::mutex mutex;
  apr_pool_t* pool = nullptr;
  bool in_child = false;
  std::map<std::size_t, Member*> by_slot;
};

// Never destroyed: threads may look while the process ends.
Added& added() {
  static Added& all = *new Added;
  return all;
}

}  // namespace

std::string_view url_in_key(std::string_view key) noexcept {
  for (int bars = 0; bars < 2; ++bars) {
    const std::size_t bar = key.find('|');
    if (bar == std::string_view::npos) return {};
    key.remove_prefix(bar + 1);
  }
  return key;
}

void begin_added_members(apr_pool_t* pool) {
  Added& all = added();
  all.by_slot.clear();
  all.in_child = false;
  apr_pool_create(&all.pool, pool);
}

void begin_added_members_of_child(apr_pool_t* pool) {
  Added& all = added();
  all.in_child = true;
  apr_pool_create(&all.pool, pool);
}

Member* added_member(Balancer& balancer, std::size_t slot) {
  Added& all = added();
  const std::lock_guard guard(all.mutex);
  Member*& member = all.by_slot[slot];
  if (member) return member;
  SharedState& shared = *shared_state();
  const char* url = copy_in(all.pool, url_in_key(shared.record(slot).key.view()));
  Member* made = nullptr;
  if (make_member({.pool = all.pool, .config = nullptr, .balancer = &balancer, .url = url}, made)) return nullptr;
  inherit_server_settings(*made, *balancer.server);
  made->section = balancer.section;
  made->defined_at = "added by the balancer-manager";
  made->state = &shared.member(slot);
  if (all.in_child) open_connections(*made);
  return member = made;
}

void for_each_added_member(void (*what)(Member& member)) {
  Added& all = added();
  const std::lock_guard guard(all.mutex);
  for (const auto& [slot, member] : all.by_slot) {
    if (member) what(*member);
  }
}

}  // namespace cxxproxy::httpd
