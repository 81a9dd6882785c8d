#include "engine/timer_queue.hpp"

#include <algorithm>

namespace cxxproxy::engine {
namespace {

// A timer that is not in the heap but called by this or the next run(): its place is one of due_now_.
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
    make_room();
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

void TimerQueue::set_now(Timer& timer) {
  if (timer.queue_ == this && timer.armed_ == taken_out) return;
  make_room();
  if (timer.queue_ != nullptr) timer.queue_->forget(timer);
  timer.queue_ = this;
  timer.place_ = due_now_.size();
  timer.due_ = at_once;
  timer.armed_ = taken_out;
  due_now_.push_back(&timer);
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
  const std::size_t count = due_now_.size();
  for (std::size_t i = 0; i < count; ++i) {
    Timer* timer = due_now_[i];
    if (timer == nullptr) continue;
    forget(*timer);
    timer->on_time();
  }
  due_now_.erase(due_now_.begin(), due_now_.begin() + static_cast<std::ptrdiff_t>(count));
  for (std::size_t i = 0; i < due_now_.size(); ++i) {
    if (due_now_[i] != nullptr) due_now_[i]->place_ = i;
  }
}

// For one more in either: all of the heap can come to stand in due_now_ without asking for memory.
void TimerQueue::make_room() {
  if (heap_.size() + due_now_.size() < due_now_.capacity()) return;
  const std::size_t capacity = std::max<std::size_t>(64, 2 * due_now_.capacity());
  heap_.reserve(capacity);
  due_now_.reserve(capacity);
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
