// Waiting with poll(2): the whole of the blocking driver's patience.
#pragma once

#include <cstddef>
#include <span>

#include "engine/clock.hpp"
#include "engine/wait.hpp"

namespace cxxproxy::engine {

// A descriptor to be watched and what was seen of it.
struct Polled {
  Interest wanted;
  Readiness seen;
};

enum class PollResult { Ready, TimedOut, Failed };

// BLOCKS until something wanted of at least one watch is there (Ready; all `seen` are filled in), or the deadline has
// come by `clock` (TimedOut), or poll(2) fails (Failed; errno says why). A deadline in the past looks once and does not
// wait. Signals do not end it. Never early: a timeout is rounded up to the next millisecond. At most max_watches
// descriptors, more fail with EINVAL.
inline constexpr std::size_t max_watches = 8;
PollResult poll_once(std::span<Polled> watches, TimePoint deadline, const Clock& clock) noexcept;

// BLOCKS the calling thread for one Wait, as a worker thread does that drives one exchange. `client_fd` stands in where
// wait.client.fd is -1. With no wish and no deadline it never returns.
Woken wait_blocking(const Wait& wait, int client_fd, const Clock& clock) noexcept;

// The timeout for poll(2) and epoll_wait(2) in milliseconds: rounded up, 0 when the deadline has come, -1 for never.
int timeout_ms(TimePoint now, TimePoint deadline) noexcept;

}  // namespace cxxproxy::engine
