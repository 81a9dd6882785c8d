#include "exchange/common_links.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <system_error>

namespace cxxproxy::exchange {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

// Readable as long as one of both is.
backend::FileDescriptor either_of(int one, int other) {
  backend::FileDescriptor both(::epoll_create1(EPOLL_CLOEXEC));
  if (!both) fail("an epoll descriptor");
  for (const int fd : {one, other}) {
    epoll_event event{};
    event.events = EPOLLIN;
    if (::epoll_ctl(both.get(), EPOLL_CTL_ADD, fd, &event) != 0) fail("watching a descriptor");
  }
  return both;
}

}  // namespace

CommonLinks::Event::Event() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!fd_) fail("an eventfd");
}

void CommonLinks::Event::raise() noexcept { ::eventfd_write(fd_.get(), 1); }

void CommonLinks::Event::clear() noexcept {
  eventfd_t ignored = 0;
  ::eventfd_read(fd_.get(), &ignored);
}

void CommonLinks::Waiter::on_ready() noexcept {
  told = true;
  if (!waits_on) return;
  (waits_on->leader_ == this ? waits_on->leader_event_ : event).raise();
}

CommonLinks::Waiter& CommonLinks::myself() {
  thread_local Waiter waiter;
  return waiter;
}

CommonLinks::CommonLinks(bool keeps_limited)
    : links_(reactor_, {.common = true, .keeps_limited = keeps_limited}),
      leader_watches_(either_of(reactor_.descriptor(), leader_event_.descriptor())) {}

// What a turn has left for later, whoever leads hears of: it sleeps for what it knew.
void CommonLinks::turn() {
  const std::lock_guard guard(links_);
  reactor_.turn();
  if (leader_ && reactor_.next_due() < leader_sleeps_until_) leader_->on_ready();
}

void CommonLinks::begin(Exchange& exchange) {
  turn();
  exchange.got_links(links_, myself());
}

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
  const int fd = leader_ == &waiter ? leader_watches_.get() : waiter.event.descriptor();
  outer.backend = {.fd = fd, .readable = true, .writable = false};
  if (leader_ == &waiter) {
    outer.deadline = std::min(outer.deadline, reactor_.next_due());
    leader_sleeps_until_ = outer.deadline;
  }
  return true;
}

void CommonLinks::leave(Waiter& waiter) {
  const std::lock_guard guard(links_);
  waiter.waits_on = nullptr;
  if (waiter.told) (leader_ == &waiter ? leader_event_ : waiter.event).clear();
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
