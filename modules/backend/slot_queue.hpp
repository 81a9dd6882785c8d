// Those who wait for a slot of a pool: threads that sleep, and others who want to be told.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "engine/clock.hpp"

namespace cxxproxy::backend {

// Waits for a slot without a thread; see Pool::await_slot().
class SlotWaiter {
 public:
  // A slot may be free, or the pool has stopped: try again. It is not enlisted any more. Called on any thread and under
  // the pool's lock, so it may note this or post it to a reactor, and nothing else.
  virtual void slot_free() noexcept = 0;

 protected:
  SlotWaiter() = default;
  SlotWaiter(const SlotWaiter&) = delete;
  SlotWaiter& operator=(const SlotWaiter&) = delete;
  ~SlotWaiter() = default;  // the pool has forgotten it by then

 private:
  friend class SlotQueue;
  enum class Place : std::uint8_t { Outside, Enlisted, Told };

  SlotWaiter* before_ = nullptr;
  SlotWaiter* behind_ = nullptr;
  Place place_ = Place::Outside;
};

// First come, first told, among each of the two kinds, which take turns. Guarded by the pool's lock.
class SlotQueue {
 public:
  // Both kinds.
  unsigned size() const noexcept { return asleep_ + woken_ + enlisted_; }

  // One of them may try now.
  void tell_one() noexcept;
  void tell_all() noexcept;

  // At the end, or at the head if it was told and has come too late. Nothing if it is there.
  void enlist(SlotWaiter& waiter) noexcept;

  // True: it was told, and what it was told is news for the next one now.
  bool forget(SlotWaiter& waiter) noexcept;

  // BLOCKS until this thread is told to try (true), or until the deadline. `lock` is the pool's.
  bool sleep_blocking(std::unique_lock<std::mutex>& lock, engine::TimePoint deadline, const engine::Clock& clock);

 private:
  void unlink(SlotWaiter& waiter) noexcept;
  void tell(SlotWaiter& waiter) noexcept;

  std::condition_variable tell_thread_;
  unsigned asleep_ = 0;  // threads not told yet
  unsigned woken_ = 0;   // threads told, any of those inside sleep_blocking()
  unsigned enlisted_ = 0;
  SlotWaiter* first_ = nullptr;
  SlotWaiter* last_ = nullptr;
  bool threads_turn_ = false;
};

}  // namespace cxxproxy::backend
