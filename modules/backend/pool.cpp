#include "backend/pool.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace cxxproxy::backend {

Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      key_(std::move(other.key_)),
      connection_(std::move(other.connection_)),
      keep_(std::exchange(other.keep_, false)) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    release();
    pool_ = std::exchange(other.pool_, nullptr);
    key_ = std::move(other.key_);
    connection_ = std::move(other.connection_);
    keep_ = std::exchange(other.keep_, false);
  }
  return *this;
}

void Lease::adopt(std::unique_ptr<Connection> connection) noexcept {
  connection_ = std::move(connection);
  keep_ = false;
}

void Lease::release() noexcept {
  if (pool_ == nullptr) return;
  Pool& pool = *std::exchange(pool_, nullptr);
  // Closed before the slot is free: the backend never sees more than `max` of us.
  if (!std::exchange(keep_, false) || !pool.settings().reuse) connection_.reset();
  pool.give_back(std::move(key_), std::move(connection_));
}

Pool::Pool(const PoolSettings& settings, const engine::Clock& clock) : settings_(settings), clock_(clock) {}

Pool::~Pool() { assert(stats_.leased == 0); }

Result<Lease> Pool::acquire_blocking(std::string_view key) {
  std::unique_lock lock(mutex_);
  if (!wait_for_slot(lock)) return refuse();
  return take_slot(key, std::move(lock));
}

Result<Lease> Pool::try_acquire(std::string_view key) {
  std::unique_lock lock(mutex_);
  if (stopped_ || !slot_is_free()) return refuse();
  return take_slot(key, std::move(lock));
}

bool Pool::wait_for_slot(std::unique_lock<std::mutex>& lock) {
  if (stopped_ || slot_is_free()) return !stopped_;
  const auto deadline = settings_.acquire ? engine::deadline_after(clock_.now(), *settings_.acquire) : engine::never;
  ++stats_.waiting;
  while (!stopped_ && !slot_is_free() && clock_.now() < deadline) clock_.wait_until(slot_freed_, lock, deadline);
  --stats_.waiting;
  return !stopped_ && slot_is_free();
}

Error Pool::refuse() {
  if (stopped_) return {Fault::PoolStopped};
  ++stats_.exhausted;
  return {Fault::PoolExhausted};
}

Lease Pool::take_slot(std::string_view key, std::unique_lock<std::mutex> lock) {
  Lease lease(*this, key);
  ++stats_.leased;
  Connections closing;
  while (auto found = take_idle(key, closing)) {
    lock.unlock();
    if (found->idle_and_alive()) {
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

// The youngest of that key. When that one is too old, all of them are.
std::unique_ptr<Connection> Pool::take_idle(std::string_view key, Connections& closing) {
  const auto now = clock_.now();
  for (;;) {
    const auto place = std::find_if(idle_.rbegin(), idle_.rend(), [&](const Idle& idle) { return idle.key == key; });
    if (place == idle_.rend()) return nullptr;
    auto connection = std::move(place->connection);
    idle_.erase(std::next(place).base());
    if (!expired(*connection, now)) {
      ++stats_.reused;
      return connection;
    }
    ++stats_.trimmed;
    closing.push_back(std::move(connection));
  }
}

bool Pool::expired(const Connection& connection, engine::TimePoint now) const noexcept {
  return settings_.ttl.count() != 0 && now - connection.idle_since() >= settings_.ttl;
}

void Pool::close_longest_idle(Connections& closing) {
  ++stats_.trimmed;
  closing.push_back(std::move(idle_.front().connection));
  idle_.erase(idle_.begin());
}

void Pool::make_room(Connections& closing) {
  if (settings_.max == 0) return;
  while (!idle_.empty() && stats_.leased + idle_.size() > settings_.max) close_longest_idle(closing);
}

void Pool::collect_surplus(Connections& closing) {
  const auto now = clock_.now();
  const std::size_t kept = std::max(settings_.min, settings_.smax);
  while (idle_.size() > kept && expired(*idle_.front().connection, now)) close_longest_idle(closing);
}

// In the functions that close, the list stands before the guard: what it holds is closed after the lock is gone.
void Pool::give_back(std::string key, std::unique_ptr<Connection> connection) noexcept {
  Connections closing;
  const std::lock_guard guard(mutex_);
  --stats_.leased;
  if (connection && !stopped_) {
    connection->rest(clock_.now());
    idle_.push_back({std::move(key), std::move(connection)});
  }
  collect_surplus(closing);
  slot_freed_.notify_one();
}

void Pool::trim() {
  Connections closing;
  const std::lock_guard guard(mutex_);
  collect_surplus(closing);
}

void Pool::close_idle() {
  std::vector<Idle> closing;
  const std::lock_guard guard(mutex_);
  closing.swap(idle_);
}

void Pool::stop() {
  std::vector<Idle> closing;
  const std::lock_guard guard(mutex_);
  stopped_ = true;
  closing.swap(idle_);
  slot_freed_.notify_all();
}

PoolStats Pool::stats() const {
  const std::lock_guard guard(mutex_);
  PoolStats stats = stats_;
  stats.idle = static_cast<unsigned>(idle_.size());
  return stats;
}

}  // namespace cxxproxy::backend
