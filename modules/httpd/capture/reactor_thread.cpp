#include "httpd/capture/reactor_thread.hpp"

#include "httpd/capture/no_signals.hpp"
#include "httpd/log.hpp"
#include "httpd/tunnel_grace.hpp"

#include <mpm_common.h>
#include <algorithm>
#include <chrono>
#include <utility>

APLOG_USE_MODULE(cxxproxy);

namespace cxxproxy::httpd {
namespace {

thread_local ReactorThread* current_thread = nullptr;

// Far more than the few instructions that a thread of the MPM is behind.
constexpr engine::Duration mourning = std::chrono::seconds(1);

// When the server stops, some children hear of it a little later than others.
constexpr engine::Duration farewell_pace = std::chrono::milliseconds(50);

// How soon a tunnel is found that begins when others have to end.
constexpr engine::Duration tunnels_pace = std::chrono::seconds(1);

}  // namespace

ReactorThread* ReactorThread::current() noexcept { return current_thread; }

apr_status_t ReactorThread::start(apr_pool_t* pool) {
  apr_threadattr_t* attributes = nullptr;
  apr_threadattr_create(&attributes, pool);
  apr_threadattr_detach_set(attributes, 0);
  if (ap_thread_stacksize != 0) apr_threadattr_stacksize_set(attributes, ap_thread_stacksize);
  const NoSignals quiet;
  return ap_thread_create(&thread_, attributes, run, this, pool);
}

void* ReactorThread::run(apr_thread_t* thread, void* self) noexcept {
  auto& own = *static_cast<ReactorThread*>(self);
  own.thread_ = thread;
  current_thread = &own;
  try {
    own.reactor_.run();
  } catch (const std::exception& escaped) {
    ap_log_error(APLOG_MARK, APLOG_CRIT, 0, ap_server_conf, CXXPROXY_LOGNO(0004) "a reactor broke off: %s",
                 escaped.what());
  }
  return nullptr;
}

void ReactorThread::drain() {
  reactor_.post([this] { part(); });
}

void ReactorThread::part() noexcept {
  const bool first = !std::exchange(draining_, true);
  closes_idle_ = !generation_goes_on();
  if (!closes_idle_) reactor_.timers().set(farewell_, engine::deadline_after(reactor_.now(), farewell_pace));
  if (first && tunnel_grace())
    reactor_.timers().set(tunnels_end_, engine::deadline_after(reactor_.now(), *tunnel_grace()));
  if (!first && !closes_idle_) return;
  http2_links_.drain();
  for (Captive* captive = first_; captive;) {
    Captive* const next = captive->next_;
    captive->drain();
    captive = next;
  }
}

void ReactorThread::part_from_tunnels() noexcept {
  const engine::TimePoint by = engine::deadline_after(reactor_.now(), tunnel_parting);
  for (Captive* captive = first_; captive;) {
    Captive* const next = captive->next_;
    captive->part(by);
    captive = next;
  }
  reactor_.timers().set(tunnels_end_, engine::deadline_after(reactor_.now(), tunnels_pace));
}

void ReactorThread::stop() noexcept {
  reactor_.stop();
  apr_status_t result = APR_SUCCESS;
  if (thread_) apr_thread_join(&result, thread_);
  thread_ = nullptr;
}

void ReactorThread::add(Captive& captive) noexcept {
  captive.next_ = first_;
  if (first_) first_->previous_ = &captive;
  first_ = &captive;
}

void ReactorThread::remove(Captive& captive) noexcept {
  if (captive.previous_) captive.previous_->next_ = captive.next_;
  if (captive.next_) captive.next_->previous_ = captive.previous_;
  if (first_ == &captive) first_ = captive.next_;
  connections_.fetch_sub(1, std::memory_order_relaxed);
}

void ReactorThread::bury(apr_pool_t* pool) {
  graves_.push_back({pool, reactor_.now()});
  if (!burial_.is_set()) reactor_.timers().set(burial_, engine::deadline_after(reactor_.now(), mourning));
}

void ReactorThread::destroy_buried() noexcept {
  const engine::TimePoint now = reactor_.now();
  const auto young =
      std::find_if(graves_.begin(), graves_.end(), [&](const Grave& grave) { return now - grave.since < mourning; });
  std::for_each(graves_.begin(), young, [](const Grave& grave) { apr_pool_destroy(grave.pool); });
  graves_.erase(graves_.begin(), young);
  if (!graves_.empty()) reactor_.timers().set(burial_, engine::deadline_after(graves_.front().since, mourning));
}

}  // namespace cxxproxy::httpd
