// Time as the engine sees it: steady, in microseconds, and replaceable in tests.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace cxxproxy::engine {

using Duration = std::chrono::microseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// A deadline that never comes.
inline constexpr TimePoint never = TimePoint::max();

// `now` plus `span`, never past never. A span of Duration::max() means never.
constexpr TimePoint deadline_after(TimePoint now, Duration span) noexcept {
  return span >= never - now ? never : now + span;
}

// Where time comes from. Safe to use from any thread; outlives whoever holds a reference to it.
class Clock {
 public:
  virtual TimePoint now() const noexcept = 0;

  // BLOCKS on `condition` until notified or until now() >= deadline. It may wake for no reason, so callers loop and
  // look at their own predicate and at now(). `lock` is held on entry and on return.
  virtual void wait_until(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                          TimePoint deadline) const = 0;

 protected:
  ~Clock() = default;  // never through this interface; and trivial, so that no thread meets a dead clock at exit
};

// The real one: CLOCK_MONOTONIC. It lives as long as the module.
const Clock& steady_clock() noexcept;

}  // namespace cxxproxy::engine
