// How long a client may take over a request's head.
#pragma once

#include "httpd/apache.hpp"

#include "engine/clock.hpp"
#include "wire/plain_head.hpp"
#include "wire/request_head_scan.hpp"

#include <string_view>

namespace cxxproxy::httpd {

// One connection's, for one head after the other. The limits are mod_reqtimeout's `header=`, when that is loaded, which
// cannot watch over them itself because nobody reads through it while only part of a head is there; else Timeout
// between two signs of life.
class HeadWait {
 public:
  // Heads that come whole are read into `plain`, which connections may share that have their turns one after the other.
  HeadWait(const server_rec* base, wire::PlainHead& plain) noexcept : server_(base), plain_(plain) {}

  // The first bytes of a request came.
  void begin(engine::TimePoint now);

  // All unread bytes; true: whatever the core reads of the head is among them.
  bool complete(std::string_view unread, engine::TimePoint now);

  // When patience is over.
  engine::TimePoint deadline() const noexcept { return deadline_; }

  // In the turn in which it was complete: the head, if it is plain.
  const wire::PlainHead* plain() const noexcept { return is_plain_ ? &plain_ : nullptr; }

  // In the turn in which it was complete: what it says about a body.
  wire::RequestHeadScan::BodyHint body() const noexcept { return is_plain_ ? plain_.body() : scan_.body(); }
  bool expects_continue() const noexcept { return !is_plain_ && scan_.expects_continue(); }

 private:
  wire::RequestHeadScan::Limits limits() const noexcept;

  const server_rec* server_;
  wire::PlainHead& plain_;
  bool is_new_ = true;  // nobody has looked at it
  bool is_plain_ = false;
  wire::RequestHeadScan scan_;
  engine::TimePoint began_{};
  engine::TimePoint deadline_ = engine::never;
};

}  // namespace cxxproxy::httpd
