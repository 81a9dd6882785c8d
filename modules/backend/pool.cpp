#include "backend/pool.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace cxxproxy::backend {
namespace {

// Idle connections, when they are of several keys and nothing else limits them.
constexpr std::size_t most_of_many_keys = 256;

bool is_fit(Connection& connection, Check check) noexcept {
  if (!connection.at_rest()) return false;
  return (connection.home() && check == Check::Watched) || connection.idle_and_alive();
}

}  // namespace

Pool::Pool(const PoolSettings& settings, const engine::Clock& clock) : settings_(settings), clock_(clock) {}

Pool::~Pool() { assert(stats_.leased == 0); }

Result<Lease> Pool::acquire_blocking(std::string_view key) {
  std::unique_lock lock(mutex_);
  if (!wait_for_slot(lock)) return refuse();
  return take_slot(key, Check::Always, std::move(lock));
}

Result<Lease> Pool::try_acquire(std::string_view key, Check check) {
  std::unique_lock lock(mutex_);
  if (stopped_ || !slot_is_free()) return refuse();
  return take_slot(key, check, std::move(lock));
}

bool Pool::wait_for_slot(std::unique_lock<std::mutex>& lock) {
  if (stopped_ || slot_is_free()) return !stopped_;
  const auto deadline = settings_.acquire ? engine::deadline_after(clock_.now(), *settings_.acquire) : engine::never;
  while (!stopped_ && !slot_is_free() && waiting_.sleep_blocking(lock, deadline, clock_)) {
  }
  return !stopped_ && slot_is_free();
}

bool Pool::await_slot(SlotWaiter& waiter) {
  const std::lock_guard guard(mutex_);
  if (stopped_ || slot_is_free()) return false;
  waiting_.enlist(waiter);
  return true;
}

void Pool::forget(SlotWaiter& waiter) {
  const std::lock_guard guard(mutex_);
  if (waiting_.forget(waiter) && slot_is_free()) waiting_.tell_one();
}

Error Pool::refuse() {
  if (stopped_) return {Fault::PoolStopped};
  ++stats_.exhausted;
  return {Fault::PoolExhausted};
}

Lease Pool::take_slot(std::string_view key, Check check, std::unique_lock<std::mutex> lock) {
  Lease lease(*this, key);
  ++stats_.leased;
  Closing closing;
  while (auto found = take_idle(key, closing)) {
    lock.unlock();
    if (found->home() != engine::Reactor::current()) found->leave_home();
    if (is_fit(*found, check)) {
      if (found->home()) found->watch().set_watcher(nullptr);
      lease.adopt(std::move(found));
      return lease;
    }
    found.reset();
    lock.lock();
    --stats_.reused;
    ++stats_.stale;
  }
  make_room(closing);
  lock.unlock();
  return lease;
}

// The youngest that is for this thread. When that one is too old, all of its kind are.
std::unique_ptr<Connection> Pool::take_idle(std::string_view key, Closing& closing) {
  const engine::Reactor* const here = engine::Reactor::current();
  for (;;) {
    auto connection = idle_.take(here, key);
    if (!connection && here) connection = idle_.take(nullptr, key);
    if (!connection) connection = idle_.take_from_others(here, key);
    if (!connection) return nullptr;
    if (!expired(*connection)) {
      ++stats_.reused;
      return connection;
    }
    ++stats_.trimmed;
    closing.add(std::move(connection));
  }
}

bool Pool::expired(const Connection& connection) const noexcept {
  return settings_.ttl.count() != 0 && clock_.now() - connection.idle_since() >= settings_.ttl;
}

void Pool::close_longest_idle(Closing& closing) {
  ++stats_.trimmed;
  closing.add(idle_.take_longest_idle());
}

void Pool::make_room(Closing& closing) {
  if (settings_.max == 0) return;
  while (idle_.size() > 0 && stats_.leased + idle_.size() > settings_.max) close_longest_idle(closing);
}

void Pool::collect_surplus(Closing& closing) {
  const std::size_t kept = std::max(settings_.min, settings_.smax);
  if (idle_.size() <= kept) return;
  while (idle_.size() > kept && expired(*idle_.longest_idle())) close_longest_idle(closing);
}

void Pool::collect_idle(Closing& closing) {
  while (auto connection = idle_.take_longest_idle()) closing.add(std::move(connection));
}

// In the functions that close, the list stands before the guard: what it holds is closed after the lock is gone.
void Pool::give_back(std::string&& key, std::unique_ptr<Connection>&& connection) noexcept {
  // No edge will tell of what its home has seen already. Closed before the slot is free, as in release().
  const bool stale = connection && !connection->at_rest();
  if (stale) connection.reset();
  Closing closing;
  const std::lock_guard guard(mutex_);
  --stats_.leased;
  stats_.stale += stale ? 1 : 0;
  if (connection && stopped_) closing.add(std::move(connection));
  if (connection) lay_down(std::move(key), std::move(connection), closing);
  collect_surplus(closing);
  waiting_.tell_one();
}

void Pool::lay_down(std::string&& key, std::unique_ptr<Connection>&& connection, Closing& closing) {
  connection->rest(clock_.now());
  assert(!connection->home() || connection->home() == engine::Reactor::current());
  if (connection->home()) connection->watch().set_watcher(this);
  const Connection& laid_down = *connection;
  idle_.push(std::move(connection), std::move(key));
  // Who makes new keys pays for them with those that are not asked for any more.
  while (idle_.size() > most_of_many_keys && idle_.longest_idle()->idle_place().key() != laid_down.idle_place().key()) {
    close_longest_idle(closing);
  }
}

// One of those that this thread watches is closed, or talks. Which one it was, its watch says.
void Pool::on_ready() noexcept {
  const engine::Reactor* const here = engine::Reactor::current();
  Closing closing;
  const std::lock_guard guard(mutex_);
  while (auto stirred = idle_.take_if(here, [](Connection& connection) { return !connection.at_rest(); })) {
    ++stats_.stale;
    closing.add(std::move(stirred));
  }
}

void Pool::trim() {
  Closing closing;
  const std::lock_guard guard(mutex_);
  collect_surplus(closing);
}

void Pool::close_idle() {
  Closing closing;
  const std::lock_guard guard(mutex_);
  collect_idle(closing);
}

void Pool::stop() {
  Closing closing;
  const std::lock_guard guard(mutex_);
  stopped_ = true;
  collect_idle(closing);
  waiting_.tell_all();
}

PoolStats Pool::stats() const {
  const std::lock_guard guard(mutex_);
  PoolStats stats = stats_;
  stats.idle = static_cast<unsigned>(idle_.size());
  stats.waiting = waiting_.size();
  return stats;
}

}  // namespace cxxproxy::backend
