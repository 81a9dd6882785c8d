// One thread's event loop: descriptors watched with epoll(7), deadlines, and work that other threads leave for it.
//
// Descriptors are registered once, edge-triggered for both directions, and never changed: what was seen of them is
// remembered until somebody uses it up, so a request costs no epoll_ctl.
#pragma once

#include "engine/clock.hpp"
#include "engine/timer_queue.hpp"
#include "engine/wait.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace cxxproxy::engine {

class Reactor;

// Whoever wants to hear of a watched descriptor. Calls come on the reactor's thread.
class Watcher {
 public:
  // Something new was seen: look at Watch::seen(). It may destroy the watch, the watcher and others.
  virtual void on_ready() noexcept = 0;

 protected:
  ~Watcher() = default;
};

// A descriptor's place in a reactor. Move-only; made, used and destroyed on the reactor's thread (or after its loop has
// ended), before the reactor dies. Destroying it does not unregister the descriptor: its owner closes that right after,
// or what happens to it still wakes the loop for nothing.
class Watch {
 public:
  Watch() noexcept = default;
  Watch(Watch&& other) noexcept;
  Watch& operator=(Watch&& other) noexcept;
  ~Watch() { reset(); }

  // Any thread, as long as nobody else uses it: the reactor does not watch `fd` any more, and the Watch is of nothing.
  // A call of the watcher may be under way on the reactor's thread meanwhile, so that outlives this for good.
  void leave(int fd) noexcept;

  explicit operator bool() const noexcept { return reactor_ != nullptr; }
  Reactor* reactor() const noexcept { return reactor_; }
  void reset() noexcept;

  // Who is called from now on; null: nobody, but what happens is remembered.
  void set_watcher(Watcher* watcher) noexcept;

  // What was seen and not yet used up. After a hang-up or an error of the whole connection it stays readable and
  // writable for ever.
  Readiness seen() const noexcept;

  // The peer has closed at least its sending side, or the connection has failed.
  bool hung_up() const noexcept;

  // The connection has failed, or both its sides are closed: nobody is there any more.
  bool is_dead() const noexcept;

  // What of `wanted` was seen; it is used up by that: whoever takes a `readable` reads until a read brings less than it
  // asked for, or would block.
  Readiness take(const Interest& wanted) noexcept;

 private:
  friend class Reactor;
  Watch(Reactor& reactor, std::uint32_t slot) noexcept : reactor_(&reactor), slot_(slot) {}

  Reactor* reactor_ = nullptr;
  std::uint32_t slot_ = 0;
};

class Reactor {
 public:
  using Task = std::function<void()>;

  // `clock` outlives the reactor. `buffer_size`: of the scratch memory that everybody on this thread shares. Throws
  // std::system_error when the kernel has no epoll or eventfd left.
  explicit Reactor(const Clock& clock = steady_clock(), std::size_t buffer_size = 65536);
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  // The reactor whose loop runs on the calling thread, or null.
  static Reactor* current() noexcept;

  // The loop; returns after stop(). One thread, once.
  void run();

  // In place of run(), for a thread that has other things to wait for, too: it waits until descriptor() is readable or
  // next_due() has come, and then calls turn(), which does what there is to do.
  int descriptor() const noexcept { return epoll_; }
  TimePoint next_due() const noexcept { return deferred_.empty() ? timers_.next() : now_; }
  void turn() { round(0); }

  // Any thread: descriptor() becomes readable.
  void wake() noexcept;

  // Any thread. The loop ends after the round it is in; what is posted and not yet run never is.
  void stop() noexcept;

  // Any thread: `task` runs on the reactor's thread, after all that were posted before. It must not throw.
  void post(Task task);

  // The rest is for the reactor's thread.

  // Watches `fd`: non-blocking, open until the Watch is gone, and not before its connect() has begun, because a socket
  // that never was connected counts as hung up. What is already there is seen in the next round. A descriptor watched
  // here before and still open may be watched anew, once its former Watch is gone. Throws std::system_error.
  Watch watch(int fd, Watcher* watcher);

  // `task` runs after this round's events, before the loop waits again: how long work gives others their turn.
  void defer(Task task);

  TimerQueue& timers() noexcept { return timers_; }

  // The time when this round began.
  TimePoint now() const noexcept { return now_; }

  // Bytes on their way through this thread; holds nothing between calls into a watcher.
  std::span<char> buffer() noexcept { return {buffer_.get(), buffer_size_}; }

  // Descriptors watched at the moment; any thread.
  std::size_t watched() const noexcept { return watched_.load(std::memory_order_relaxed); }

 private:
  friend class Watch;
  struct Slot;

  void round(int timeout_ms);
  std::vector<Task> take_posted() noexcept;
  void add_slots();
  void free_slot(std::uint32_t number) noexcept;

  const Clock& clock_;
  const std::size_t buffer_size_;
  std::unique_ptr<char[]> buffer_;
  int epoll_ = -1;
  int wake_ = -1;
  TimerQueue timers_;
  TimePoint now_{};
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<Task> deferred_;
  std::atomic<std::size_t> watched_{0};
  std::atomic<bool> stopping_{false};

  std::mutex mutex_;  // guards what follows
  std::vector<Task> posted_;
};

}  // namespace cxxproxy::engine
