#include "engine/poll.hpp"

#include <poll.h>

#include <array>
#include <cerrno>
#include <limits>

namespace cxxproxy::engine {
namespace {

using PollSet = std::array<pollfd, max_watches>;

pollfd as_pollfd(const Interest& wanted) {
  const int events = (wanted.readable ? POLLIN : 0) | (wanted.writable ? POLLOUT : 0);
  // poll(2) skips negative descriptors; a hang-up nobody asked about would make the caller spin.
  return {wanted.any() ? wanted.fd : -1, static_cast<short>(events), 0};
}

Readiness seen_of(const Interest& wanted, short events) {
  const bool broken = (events & (POLLHUP | POLLERR | POLLNVAL)) != 0;
  return {wanted.readable && (broken || (events & POLLIN) != 0),
          wanted.writable && (broken || (events & POLLOUT) != 0)};
}

PollResult poll_set(PollSet& set, std::size_t count, TimePoint deadline, const Clock& clock) {
  for (;;) {
    const int ready = ::poll(set.data(), count, timeout_ms(clock.now(), deadline));
    if (ready > 0) return PollResult::Ready;
    if (ready < 0 && errno != EINTR) return PollResult::Failed;
    // A timeout too long for an int comes in parts, so the clock has the last word.
    if (ready == 0 && clock.now() >= deadline) return PollResult::TimedOut;
  }
}

}  // namespace

int timeout_ms(TimePoint now, TimePoint deadline) noexcept {
  if (deadline == never) return -1;
  if (deadline <= now) return 0;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
  constexpr int longest = std::numeric_limits<int>::max();
  return left < longest ? static_cast<int>(left) : longest;
}

PollResult poll_once(std::span<Polled> watches, TimePoint deadline, const Clock& clock) noexcept {
  if (watches.size() > max_watches) {
    errno = EINVAL;
    return PollResult::Failed;
  }
  PollSet set{};
  for (std::size_t i = 0; i < watches.size(); ++i) set[i] = as_pollfd(watches[i].wanted);
  const PollResult result = poll_set(set, watches.size(), deadline, clock);
  for (std::size_t i = 0; i < watches.size(); ++i) watches[i].seen = seen_of(watches[i].wanted, set[i].revents);
  return result;
}

Woken wait_blocking(const Wait& wait, int client_fd, const Clock& clock) noexcept {
  std::array<Polled, 2> watches{Polled{wait.backend, {}}, Polled{wait.client, {}}};
  auto& [backend, client] = watches;
  if (client.wanted.fd < 0) client.wanted.fd = client_fd;
  const PollResult result = poll_once(watches, wait.deadline, clock);
  const int error = result == PollResult::Failed ? errno : 0;
  return {backend.seen, client.seen, result == PollResult::TimedOut, error};
}

}  // namespace cxxproxy::engine
