// Deadlines of many waits on one thread. Moving a deadline later, or cancelling it, which is what nearly every request
// does, costs a store; the heap is touched only for an earlier one and when a moved one comes up.
#pragma once

#include "engine/clock.hpp"

#include <cstddef>
#include <vector>

namespace cxxproxy::engine {

class TimerQueue;

// Something with a deadline. It stays where it is while it is set, and is cancelled before it dies (its destructor sees
// to that). One thread.
class Timer {
 public:
  Timer() noexcept = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool is_set() const noexcept { return due_ != never; }
  TimePoint due() const noexcept { return due_; }

 protected:
  ~Timer();

 private:
  friend class TimerQueue;

  // The deadline has come; the timer is no longer set, may be set again and may be destroyed inside.
  virtual void on_time() noexcept = 0;

  TimerQueue* queue_ = nullptr;  // while it has a place there
  std::size_t place_ = 0;
  TimePoint due_ = never;    // what was asked for
  TimePoint armed_ = never;  // where it stands in the heap: never later than due_
};

class TimerQueue {
 public:
  TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;
  ~TimerQueue();  // timers that are still set are forgotten

  // Sets, or moves, the deadline; `never` is cancel().
  void set(Timer& timer, TimePoint due);
  void cancel(Timer& timer) noexcept;

  // Its time is the next run(), which calls it after those that were set so before. Nothing if that is so already, or
  // if the run() that is under way is about to call it.
  void set_now(Timer& timer);

  // cancel(), and the timer has no place here any more: it may be set elsewhere, or destroyed, on any thread.
  void forget(Timer& timer) noexcept;

  // When run() next has something to do, at the latest. It may be early: that a deadline was moved or cancelled is
  // noticed there.
  TimePoint next() const noexcept {
    if (!due_now_.empty()) return at_once;
    return heap_.empty() ? never : heap_.front()->armed_;
  }

  // Calls on_time() of all that are due, the earliest first. What is set meanwhile waits for the next run.
  void run(TimePoint now);

 private:
  friend class Timer;
  static constexpr TimePoint at_once{};  // earlier than any other

  void make_room();
  void remove(Timer& timer) noexcept;
  void sift_up(std::size_t place) noexcept;
  void sift_down(std::size_t place) noexcept;
  void put(std::size_t place, Timer* timer) noexcept;

  std::vector<Timer*> heap_;     // by armed_
  std::vector<Timer*> due_now_;  // those run() calls; what is set_now() meanwhile stands behind them
};

}  // namespace cxxproxy::engine
