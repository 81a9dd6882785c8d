// The connections of one worker in one child process.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/connection.hpp"
#include "backend/result.hpp"
#include "engine/clock.hpp"

namespace cxxproxy::backend {

class Pool;

struct PoolSettings {
  unsigned min = 0;                                      // trimming leaves at least so many idle connections
  unsigned smax = std::numeric_limits<unsigned>::max();  // idle connections above it are closed when the ttl is over
  unsigned max = 0;                                      // leases and idle connections together; 0: no limit
  engine::Duration ttl{0};                               // idle that long: never used again; 0: no such limit
  std::optional<engine::Duration> acquire;               // patience of acquire_blocking(); none: until stop()
  bool reuse = true;                                     // false: keep() is without effect
};

struct PoolStats {
  unsigned leased = 0;
  unsigned idle = 0;
  unsigned waiting = 0;         // threads inside acquire_blocking() without a slot
  std::uint64_t reused = 0;     // leases that came with a connection
  std::uint64_t stale = 0;      // idle connections found closed, or talking, at checkout
  std::uint64_t trimmed = 0;    // closed for age or to make room
  std::uint64_t exhausted = 0;  // requests for a slot that were refused
};

// The right to one slot of a pool, perhaps with an idle connection in it. Move-only; one thread at a time, not always
// the same. Ends before its pool does.
class [[nodiscard]] Lease {
 public:
  Lease() noexcept = default;  // of nothing
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() { release(); }

  explicit operator bool() const noexcept { return pool_ != nullptr; }

  // nullptr until one is adopted, or when none was idle. Owned by the lease.
  Connection* connection() const noexcept { return connection_.get(); }

  // Takes a new connection in; one that is there is closed. Either way the lease is as before keep().
  void adopt(std::unique_ptr<Connection> connection) noexcept;
  void discard() noexcept { adopt(nullptr); }

  // The connection may serve again: at the end of the lease it goes back to the idle ones. Not called: it is closed.
  void keep() noexcept { keep_ = true; }

  // Ends the lease now: the connection is kept or closed, then the slot is free. Nothing on an empty lease.
  void release() noexcept;

 private:
  friend class Pool;
  Lease(Pool& pool, std::string_view key) : pool_(&pool), key_(key) {}

  Pool* pool_ = nullptr;
  std::string key_;
  std::unique_ptr<Connection> connection_;
  bool keep_ = false;
};

// Shared by all threads of the process, made after the fork, and outlives its leases. The lock is held for list
// operations only: checking and closing happen outside of it.
class Pool {
 public:
  // `clock` outlives the pool.
  Pool(const PoolSettings& settings, const engine::Clock& clock);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // A slot, with the connection of the same key that was used last, if one is idle and found alive. A key says what a
  // connection may be reused for (an address, a TLS name); connections of other keys are left alone, except that the
  // longest idle is closed when otherwise more than `max` would be open.
  //
  // BLOCKS while no slot is free. Errors: PoolExhausted when patience is over, PoolStopped. No fairness among waiters.
  Result<Lease> acquire_blocking(std::string_view key = {});

  // The same without waiting. Errors: PoolExhausted at once, PoolStopped.
  Result<Lease> try_acquire(std::string_view key = {});

  // Closes what smax and ttl say. Every release does so; a pool nobody uses needs a call now and then.
  void trim();

  // Closes all idle connections. Leases go on.
  void close_idle();

  // From now on nobody gets a slot: those who wait are woken with PoolStopped; idle connections are closed, kept ones
  // too.
  void stop();

  PoolStats stats() const;
  const PoolSettings& settings() const noexcept { return settings_; }

 private:
  friend class Lease;
  struct Idle {
    std::string key;
    std::unique_ptr<Connection> connection;
  };
  using Connections = std::vector<std::unique_ptr<Connection>>;

  bool slot_is_free() const noexcept { return settings_.max == 0 || stats_.leased < settings_.max; }
  bool expired(const Connection& connection, engine::TimePoint now) const noexcept;
  bool wait_for_slot(std::unique_lock<std::mutex>& lock);
  Error refuse();
  Lease take_slot(std::string_view key, std::unique_lock<std::mutex> lock);
  std::unique_ptr<Connection> take_idle(std::string_view key, Connections& closing);
  void close_longest_idle(Connections& closing);
  void make_room(Connections& closing);
  void collect_surplus(Connections& closing);
  void give_back(std::string key, std::unique_ptr<Connection> connection) noexcept;

  const PoolSettings settings_;
  const engine::Clock& clock_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable slot_freed_;
  std::vector<Idle> idle_;  // the longest idle first
  bool stopped_ = false;
  PoolStats stats_;  // `idle` is filled in when asked
};

}  // namespace cxxproxy::backend
