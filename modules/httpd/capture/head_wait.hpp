// How long a client may take over a request's head.
#pragma once

#include "httpd/apache.hpp"

#include "engine/clock.hpp"
#include "wire/request_head_scan.hpp"

#include <string_view>

namespace cxxproxy::httpd {

// One connection's, for one head after the other. The limits are mod_reqtimeout's `header=`, when that is loaded, which
// cannot watch over them itself because nobody reads through it while only part of a head is there; else Timeout
// between two signs of life.
class HeadWait {
 public:
  explicit HeadWait(const server_rec* base) noexcept : server_(base) {}

  // The first bytes of a request came.
  void begin(engine::TimePoint now);

  // All unread bytes; true: whatever the core reads of the head is among them.
  bool complete(std::string_view unread, engine::TimePoint now);

  // When patience is over.
  engine::TimePoint deadline() const noexcept { return deadline_; }

  const wire::RequestHeadScan& scan() const noexcept { return scan_; }

 private:
  const server_rec* server_;
  wire::RequestHeadScan scan_;
  engine::TimePoint began_{};
  engine::TimePoint deadline_ = engine::never;
};

}  // namespace cxxproxy::httpd
