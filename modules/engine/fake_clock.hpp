// A clock that tests move by hand. Never part of the module.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <vector>

#include "engine/clock.hpp"

namespace cxxproxy::engine {

// Starts at one hour, so that a test may also look back. Any thread may call anything.
// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): see Clock
class FakeClock final : public Clock {
 public:
  TimePoint now() const noexcept override {
    const std::lock_guard guard(mutex_);
    return now_;
  }

  void wait_until(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                  TimePoint deadline) const override {
    const Sleeper sleeper{&condition, lock.mutex()};
    if (!lie_down(sleeper, deadline)) return;
    condition.wait(lock);
    get_up(sleeper);
  }

  // Moves time on and wakes everybody who waits by this clock. The caller holds none of the locks they wait with, and
  // those locks stay alive until it returns.
  void advance(Duration by) {
    for (const Sleeper& sleeper : move_on(by)) {
      // Taking the sleeper's lock: between its look at the time and its wait nobody can have got in.
      const std::lock_guard asleep(*sleeper.mutex);
      sleeper.condition->notify_all();
    }
  }

  // BLOCKS until at least `count` threads are inside wait_until(): how a test knows that they have gone to sleep.
  void await_sleepers_blocking(std::size_t count) const {
    std::unique_lock guard(mutex_);
    sleepers_changed_.wait(guard, [&] { return sleepers_.size() >= count; });
  }

 private:
  struct Sleeper {
    std::condition_variable* condition;
    std::mutex* mutex;

    bool operator==(const Sleeper&) const = default;
  };

  bool lie_down(const Sleeper& sleeper, TimePoint deadline) const {
    const std::lock_guard guard(mutex_);
    if (now_ >= deadline) return false;
    sleepers_.push_back(sleeper);
    sleepers_changed_.notify_all();
    return true;
  }

  void get_up(const Sleeper& sleeper) const {
    const std::lock_guard guard(mutex_);
    sleepers_.erase(std::find(sleepers_.begin(), sleepers_.end(), sleeper));
  }

  std::vector<Sleeper> move_on(Duration by) {
    const std::lock_guard guard(mutex_);
    now_ += by;
    return sleepers_;
  }

  mutable std::mutex mutex_;  // guards what follows; a sleeper's lock is taken before it, never after
  mutable std::condition_variable sleepers_changed_;
  mutable std::vector<Sleeper> sleepers_;
  TimePoint now_{std::chrono::hours(1)};
};

}  // namespace cxxproxy::engine
