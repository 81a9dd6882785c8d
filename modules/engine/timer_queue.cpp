#include "engine/timer_queue.hpp"

#include <algorithm>

namespace cxxproxy::engine {
namespace {

// A timer that run() has taken out of the heap and not called yet: its place is one of due_now_.
constexpr TimePoint taken_out = never;

}  // namespace

Timer::~Timer() {
  if (queue_ != nullptr) queue_->forget(*this);
}

TimerQueue::~TimerQueue() {
  while (!heap_.empty()) forget(*heap_.back());
  for (Timer* timer : due_now_) {
    if (timer != nullptr) forget(*timer);
  }
}

void TimerQueue::set(Timer& timer, TimePoint due) {
  if (due == never) return cancel(timer);
  const bool in_heap = timer.queue_ == this && timer.armed_ != taken_out;
  if (!in_heap) {
    if (timer.queue_ != nullptr) timer.queue_->forget(timer);
    if (heap_.size() == heap_.capacity()) grow();
    heap_.push_back(&timer);
    timer.queue_ = this;
    timer.place_ = heap_.size() - 1;
  } else if (due >= timer.armed_) {
    timer.due_ = due;
    return;
  }
  timer.due_ = timer.armed_ = due;
  sift_up(timer.place_);
}

// It keeps its place in the heap, where run() finds it some time: most are set again before.
void TimerQueue::cancel(Timer& timer) noexcept {
  timer.due_ = never;
  if (timer.queue_ == this && timer.armed_ == taken_out) forget(timer);
}

void TimerQueue::forget(Timer& timer) noexcept {
  if (timer.queue_ == this) {
    if (timer.armed_ == taken_out) {
      due_now_[timer.place_] = nullptr;
    } else {
      remove(timer);
    }
    timer.queue_ = nullptr;
  }
  timer.due_ = timer.armed_ = never;
}

void TimerQueue::run(TimePoint now) {
  while (!heap_.empty() && heap_.front()->armed_ <= now) {
    Timer& timer = *heap_.front();
    if (timer.due_ == never) {
      forget(timer);
      continue;
    }
    if (timer.due_ > timer.armed_) {
      timer.armed_ = timer.due_;
      sift_down(0);
      continue;
    }
    remove(timer);
    timer.armed_ = taken_out;
    timer.place_ = due_now_.size();
    due_now_.push_back(&timer);
  }
  // By index, and anew each time: on_time() may cancel what is still to come.
  for (std::size_t i = 0; i < due_now_.size(); ++i) {
    Timer* timer = due_now_[i];
    if (timer == nullptr) continue;
    forget(*timer);
    timer->on_time();
  }
  due_now_.clear();
}

// Both, so that run() has room for all without asking for memory.
void TimerQueue::grow() {
  const std::size_t capacity = std::max<std::size_t>(64, 2 * heap_.capacity());
  due_now_.reserve(capacity);
  heap_.reserve(capacity);
}

void TimerQueue::remove(Timer& timer) noexcept {
  const std::size_t place = timer.place_;
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  put(place, last);
  sift_up(place);
  sift_down(last->place_);
}

void TimerQueue::sift_up(std::size_t place) noexcept {
  Timer* timer = heap_[place];
  while (place > 0) {
    const std::size_t parent = (place - 1) / 2;
    if (heap_[parent]->armed_ <= timer->armed_) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, timer);
}

void TimerQueue::sift_down(std::size_t place) noexcept {
  Timer* timer = heap_[place];
  for (std::size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1) {
    if (child + 1 < heap_.size() && heap_[child + 1]->armed_ < heap_[child]->armed_) ++child;
    if (timer->armed_ <= heap_[child]->armed_) break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, timer);
}

void TimerQueue::put(std::size_t place, Timer* timer) noexcept {
  heap_[place] = timer;
  timer->place_ = place;
}

}  // namespace cxxproxy::engine
