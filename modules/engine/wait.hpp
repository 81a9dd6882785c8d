// What a state machine waits for, said without waiting. Drivers (blocking today, a reactor tomorrow) read it.
#pragma once

#include "engine/clock.hpp"

namespace cxxproxy::engine {

// What is wanted of one descriptor. The descriptor is lent for waiting only: whoever gets an Interest neither reads,
// writes nor closes it.
struct Interest {
  int fd = -1;
  bool readable = false;
  bool writable = false;

  // With nothing wanted, the descriptor is not looked at at all, not even for a hang-up.
  bool any() const noexcept { return readable || writable; }
  bool operator==(const Interest&) const = default;
};

// What became of it. Set only for what was wanted; a hang-up or an error on the descriptor counts as every wish
// fulfilled, so that the next read or write finds out what happened.
struct Readiness {
  bool readable = false;
  bool writable = false;

  bool any() const noexcept { return readable || writable; }
  bool operator==(const Readiness&) const = default;
};

// One halt of an exchange: it goes on when a wish of either side is fulfilled or the deadline has come.
struct Wait {
  Interest backend;  // fd -1: no backend connection at the moment
  Interest client;   // fd -1 with a wish: the client's own socket, which the driver knows
  TimePoint deadline = never;

  bool operator==(const Wait&) const = default;
};

// The answer to a Wait. Neither side ready and not timed_out: the wait itself failed, `error` is the errno.
struct Woken {
  Readiness backend;
  Readiness client;
  bool timed_out = false;
  int error = 0;

  bool operator==(const Woken&) const = default;
};

}  // namespace cxxproxy::engine
