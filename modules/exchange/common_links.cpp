#include "exchange/common_links.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <system_error>

namespace cxxproxy::exchange {

CommonLinks::Waiter::Waiter() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_ < 0) throw std::system_error(errno, std::generic_category(), "an eventfd");
}

CommonLinks::Waiter::~Waiter() { ::close(event_); }

void CommonLinks::Waiter::on_ready() noexcept {
  told = true;
  if (!waits_on) return;
  if (waits_on->leader_ != this) {
    ::eventfd_write(event_, 1);
  } else {
    waits_on->reactor_.wake();
  }
}

void CommonLinks::Waiter::read_event() noexcept {
  eventfd_t ignored = 0;
  ::eventfd_read(event_, &ignored);
}

CommonLinks::Waiter& CommonLinks::myself() {
  thread_local Waiter waiter;
  return waiter;
}

CommonLinks::CommonLinks(bool keeps_limited) : links_(reactor_, {.common = true, .keeps_limited = keeps_limited}) {}

void CommonLinks::turn() {
  const std::lock_guard guard(links_);
  reactor_.turn();
}

void CommonLinks::begin(Exchange& exchange) {
  turn();
  exchange.got_links(links_, myself());
}

void CommonLinks::end() { turn(); }

engine::Woken CommonLinks::wait(Exchange& exchange, const engine::Wait& wanted, const Waiting& waiting) {
  Waiter& waiter = myself();
  engine::Woken woken;
  for (;;) {
    forget_news(waiter);
    turn();
    woken.backend = exchange.take(wanted.backend);
    if (woken.backend.any()) break;
    engine::Wait outer = wanted;
    if (!enlist(waiter, outer)) continue;
    const engine::Woken seen = waiting(outer);
    leave(waiter);
    woken.client = seen.client;
    woken.timed_out = seen.timed_out && outer.deadline == wanted.deadline;
    woken.error = seen.error;
    if (woken.client.any() || woken.timed_out || woken.error != 0) break;
  }
  pass_on();
  return woken;
}

void CommonLinks::forget_news(Waiter& waiter) {
  const std::lock_guard guard(links_);
  waiter.told = false;
}

// What to wait for. False: there is news already.
bool CommonLinks::enlist(Waiter& waiter, engine::Wait& outer) {
  const std::lock_guard guard(links_);
  if (waiter.told) return false;
  waiter.waits_on = this;
  if (!leader_) {
    leader_ = &waiter;
  } else {
    followers_.push_back(&waiter);
  }
  outer.backend = {
      .fd = leader_ == &waiter ? reactor_.descriptor() : waiter.descriptor(), .readable = true, .writable = false};
  outer.deadline = std::min(outer.deadline, reactor_.next_due());
  return true;
}

void CommonLinks::leave(Waiter& waiter) {
  const std::lock_guard guard(links_);
  waiter.waits_on = nullptr;
  waiter.read_event();
  if (leader_ == &waiter) {
    leader_ = nullptr;
  } else {
    std::erase(followers_, &waiter);
  }
}

// Who goes away may have led, or have been told to: if nobody leads, a follower comes round and does, or passes it on.
void CommonLinks::pass_on() {
  const std::lock_guard guard(links_);
  if (!leader_ && !followers_.empty()) followers_.front()->on_ready();
}

}  // namespace cxxproxy::exchange
