// What SetEnv and SetEnvIf ask of the proxy for one request: the variables that matter by being set, whatever their
// value.
#pragma once

#include "httpd/apache.hpp"

#include <cstdint>

namespace cxxproxy::httpd {

enum class Switch : std::uint8_t {
  NoKeepalive,          // proxy-nokeepalive
  Http10,               // force-proxy-request-1.0
  InitialNotPooled,     // proxy-initial-not-pooled
  ExtraCrlf,            // proxy-sendextracrlf
  SendLength,           // proxy-sendcl
  SendChunked,          // proxy-sendchunked, proxy-sendchunks
  PrefetchNonblocking,  // proxy-prefetch-nonblocking
};

// Those that are on: a value, as it was at one moment.
class Switches {
 public:
  bool has(Switch which) const noexcept { return (bits_ & bit(which)) != 0; }
  void set(Switch which) noexcept { bits_ |= bit(which); }

 private:
  static constexpr std::uint32_t bit(Switch which) noexcept { return std::uint32_t{1} << static_cast<unsigned>(which); }

  std::uint32_t bits_ = 0;
};

// Of the request as it is now, in one pass over its environment.
Switches read_switches(const request_rec* r) noexcept;

}  // namespace cxxproxy::httpd
