// What the configuration says about members and balancers, key by key.
#pragma once

#include "httpd/apache.hpp"
#include "httpd/pool.hpp"

#include "balance/status.hpp"
#include "health/check_method.hpp"

#include <cstdint>

namespace cxxproxy::httpd {

// The hc* keys, of a member or of a ProxyHCTemplate.
struct HealthSettings {
  bool given = false;  // one of them
  health::CheckMethod method = health::CheckMethod::None;
  apr_interval_time_t interval = apr_time_from_sec(30);
  int passes = 1;
  int fails = 1;
  const char* uri = "";
  const char* expression = "";  // the name of a ProxyHCExpr

  // Ours.
  const char* host = "";            // what the check says in Host; "": the member's
  apr_port_t port = 0;              // where it goes; 0: where requests go
  PoolArray<const char*> fields;    // further fields of its head: "Name: value"
  apr_interval_time_t timeout = 0;  // of a whole check; 0: connectiontimeout and timeout together
  bool wait = false;                // no request before the first check has passed
};

// The worker keys of the configuration. Durations are microseconds, as APR counts them.
struct MemberSettings {
  // The pool of connections that each child keeps.
  int min = 0;
  int smax = -1;
  int max = 0;
  apr_interval_time_t ttl = 0;
  Setting<apr_interval_time_t> acquire;
  Setting<bool> disable_reuse;
  bool fixed_address = true;  // false: a back-reference in host or port, so nothing about the address can be kept
  Setting<int> address_ttl;   // seconds; -1 = as long as the child lives
  Setting<int> h2_streams{.value = 100};  // requests at once on one HTTP/2 connection

  // One exchange.
  Setting<apr_interval_time_t> timeout;
  bool timeout_is_servers = false;  // it was a ProxyTimeout's when the member was defined
  Setting<apr_interval_time_t> connect_timeout;
  Setting<apr_interval_time_t> ping;
  Setting<bool> keepalive;
  Setting<long> io_buffer;
  Setting<int> receive_buffer;
  Setting<long> response_field;
  const char* upgrade = "";
  Setting<apr_interval_time_t> tunnel_timeout;  // after an upgrade; else the longer of both sides' timeouts
  const char* secret = "";
  const char* flusher = "flush";
  int flush_packets = 0;  // 0 off, 1 on, -1 auto
  int flush_wait_us = 10000;

  // In a balancer.
  std::uint32_t load_factor = 100;  // hundredths
  int lbset = 0;
  const char* route = "";
  const char* redirect = "";
  balance::MemberFlags initial_status;
  apr_interval_time_t retry = apr_time_from_sec(60);
  bool retry_given = false;

  HealthSettings health;
};

struct BalancerSettings {
  const char* lbmethod = "byrequests";
  bool lbmethod_given = false;
  const char* sticky_cookie = "";
  const char* sticky_param = "";
  Setting<char> sticky_separator;  // '\0' = Off
  Setting<bool> semicolon_ends;
  Setting<bool> nofailover;
  apr_interval_time_t timeout = 0;
  Setting<int> max_attempts;
  PoolArray<int> fail_on_status;
  Setting<bool> fail_on_timeout;
  Setting<bool> force_recovery;
  Setting<const char*> nonce;  // "" = None: the manager is read-only
  Setting<int> growth;
};

}  // namespace cxxproxy::httpd
