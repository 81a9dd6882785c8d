// key=value parameters of members and balancers: one table each.
#pragma once

#include "httpd/config.hpp"

#include <optional>

namespace cxxproxy::httpd {

// Sets one key (case does not matter) of a member, or of a balancer. Null, or what is wrong in words that fit behind
// "<directive>: ": they name the key, the value and what would be right.
const char* set_member_key(const cmd_parms* cmd, Member& member, const char* key, const char* value);
const char* set_balancer_key(apr_pool_t* pool, Balancer& balancer, const char* key, const char* value);

// The hc* keys, kept in a table of their own: the part of set_member_key that they are, and all keys that a template
// may have. Templates and expressions are looked for in the server that the directive stands in, then in the main one.
const char* set_health_key(const cmd_parms* cmd, HealthSettings& settings, const char* key, const char* value,
                           bool& known);

// ", "-joined, for messages.
const char* health_key_names(apr_pool_t* pool);

// It counts as often as it is given.
bool may_repeat(const char* key) noexcept;

// A number as httpd's directives read them: leading digits count, what follows is ignored, no digits are 0.
int leading_int(const char* text) noexcept;

// "on" or "off", in any case; nothing for another word.
std::optional<bool> on_off(const char* text) noexcept;

// What a key's setter says: null when the value was taken, else what would be right ("a number of seconds, 1 or more").
using Expected = const char*;

// The value as messages may show it: a secret stays out of them.
const char* shown_value(const char* key, const char* value) noexcept;

// The sentence for a value that was not taken.
const char* refused(apr_pool_t* pool, const char* key, const char* value, Expected expected);

}  // namespace cxxproxy::httpd
