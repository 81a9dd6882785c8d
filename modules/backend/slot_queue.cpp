#include "backend/slot_queue.hpp"

#include <utility>

namespace cxxproxy::backend {

void SlotQueue::tell_one() noexcept {
  const bool thread = asleep_ > 0 && (first_ == nullptr || threads_turn_);
  threads_turn_ = !thread;
  if (thread) {
    --asleep_;
    ++woken_;
    tell_thread_.notify_one();
  } else if (first_ != nullptr) {
    tell(*first_);
  }
}

void SlotQueue::tell_all() noexcept {
  woken_ += asleep_;
  asleep_ = 0;
  tell_thread_.notify_all();
  while (first_ != nullptr) tell(*first_);
}

void SlotQueue::tell(SlotWaiter& waiter) noexcept {
  unlink(waiter);
  waiter.place_ = SlotWaiter::Place::Told;
  waiter.slot_free();
}

void SlotQueue::enlist(SlotWaiter& waiter) noexcept {
  if (waiter.place_ == SlotWaiter::Place::Enlisted) return;
  const bool to_head = waiter.place_ == SlotWaiter::Place::Told;
  waiter.before_ = to_head ? nullptr : last_;
  waiter.behind_ = to_head ? first_ : nullptr;
  (waiter.before_ ? waiter.before_->behind_ : first_) = &waiter;
  (waiter.behind_ ? waiter.behind_->before_ : last_) = &waiter;
  waiter.place_ = SlotWaiter::Place::Enlisted;
  ++enlisted_;
}

void SlotQueue::unlink(SlotWaiter& waiter) noexcept {
  (waiter.before_ ? waiter.before_->behind_ : first_) = waiter.behind_;
  (waiter.behind_ ? waiter.behind_->before_ : last_) = waiter.before_;
  waiter.before_ = waiter.behind_ = nullptr;
  --enlisted_;
}

bool SlotQueue::forget(SlotWaiter& waiter) noexcept {
  const SlotWaiter::Place place = std::exchange(waiter.place_, SlotWaiter::Place::Outside);
  if (place == SlotWaiter::Place::Enlisted) unlink(waiter);
  return place == SlotWaiter::Place::Told;
}

bool SlotQueue::sleep_blocking(std::unique_lock<std::mutex>& lock, engine::TimePoint deadline,
                               const engine::Clock& clock) {
  ++asleep_;
  while (woken_ == 0 && clock.now() < deadline) clock.wait_until(tell_thread_, lock, deadline);
  const bool told = woken_ > 0;
  --(told ? woken_ : asleep_);
  return told;
}

}  // namespace cxxproxy::backend
