// Members that the balancer-manager has added, as objects of this process.
#pragma once

#include "httpd/member.hpp"

namespace cxxproxy::httpd {

// In post_config: there are none so far, and they are made in `pool`.
void begin_added_members(apr_pool_t* pool);

// In a new child: more of them are made in its own pool, and can be connected to at once. Those that are there have to
// be opened like members of the configuration.
void begin_added_members_of_child(apr_pool_t* pool);

// The member of a slot of the shared state, made when it is first asked for; null when its record makes no sense. It
// lives as long as the pool. Any thread, under the lock of the shared state.
Member* added_member(Balancer& balancer, std::size_t slot);

// Calls back for all that exist in this process. Any thread.
void for_each_added_member(void (*what)(Member& member));

// The URL in a record's key.
std::string_view url_in_key(std::string_view key) noexcept;

}  // namespace cxxproxy::httpd
