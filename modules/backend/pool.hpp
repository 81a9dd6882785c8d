// The connections of one worker in one child process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "backend/closing.hpp"
#include "backend/connection.hpp"
#include "backend/idle_list.hpp"
#include "backend/lease.hpp"
#include "backend/result.hpp"
#include "backend/slot_queue.hpp"
#include "engine/clock.hpp"

namespace cxxproxy::backend {

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
  unsigned waiting = 0;         // for a slot: threads inside acquire_blocking(), and those enlisted
  std::uint64_t reused = 0;     // leases that came with a connection
  std::uint64_t stale = 0;      // idle connections found closed, or talking, at checkout or by their home
  std::uint64_t trimmed = 0;    // closed for age or to make room
  std::uint64_t exhausted = 0;  // requests for a slot that were refused
};

// How well an idle connection is looked at before it is handed out.
enum class Check : std::uint8_t {
  Watched,  // with a home, what that has seen is enough: what has just come in may escape it. Else as Always
  Always,   // the kernel is asked, too: one system call
};

// Shared by all threads of the process, made after the fork, and outlives its leases. The lock is held for list
// operations only: checking and closing happen outside of it.
//
// Idle connections with a home (see Connection::attach) are watched there: one that is closed or talks leaves the pool
// at once. They are for that reactor first; others take one when there is no other, which costs two system calls more.
// Whoever closes one from elsewhere leaves that to its home, so for a moment more than `max` may be open, and at the
// end of the process, with the loops over, it stays undone. A reactor stays in existence for as long as connections of
// its own may lie here.
class Pool final : private engine::Watcher {
 public:
  // `clock` outlives the pool.
  Pool(const PoolSettings& settings, const engine::Clock& clock);
  ~Pool();  // the loops of all homes have ended
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // A slot, with the connection of the same key that was used last, if one is idle and found alive: on a reactor's
  // thread one of that reactor's, else one that has no home, else another reactor's. A key says what a connection may
  // be reused for (an address, a TLS name); connections of other keys are left alone, except that the longest idle is
  // closed when otherwise more than `max` would be open. Keys may be as many as clients can think of: beyond 256 idle
  // connections, one of another key costs the longest idle its place, whatever `max` is.
  //
  // BLOCKS while no slot is free. Errors: PoolExhausted when patience is over, PoolStopped. Newcomers may be quicker
  // than those who wait.
  Result<Lease> acquire_blocking(std::string_view key = {});

  // The same without waiting. Errors: PoolExhausted at once, PoolStopped.
  Result<Lease> try_acquire(std::string_view key = {}, Check check = Check::Always);

  // `waiter` hears once of a slot that is free: then it tries, and if that was too late is enlisted again, ahead of the
  // others. False: not enlisted, because a slot is free right now or the pool has stopped; try again instead.
  bool await_slot(SlotWaiter& waiter);

  // `waiter` hears nothing more, and has not to try either: the next one is told instead. To be called before it dies,
  // whether enlisted, told or neither. What its slot_free() has posted may still be on its way.
  void forget(SlotWaiter& waiter);

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

  bool slot_is_free() const noexcept { return settings_.max == 0 || stats_.leased < settings_.max; }
  bool expired(const Connection& connection) const noexcept;
  bool wait_for_slot(std::unique_lock<std::mutex>& lock);
  Error refuse();
  Lease take_slot(std::string_view key, Check check, std::unique_lock<std::mutex> lock);
  std::unique_ptr<Connection> take_idle(std::string_view key, Closing& closing);
  void close_longest_idle(Closing& closing);
  void make_room(Closing& closing);
  void collect_surplus(Closing& closing);
  void collect_idle(Closing& closing);
  void give_back(std::string&& key, std::unique_ptr<Connection>&& connection) noexcept;
  void lay_down(std::string&& key, std::unique_ptr<Connection>&& connection, Closing& closing);
  void on_ready() noexcept override;

  const PoolSettings settings_;
  const engine::Clock& clock_;

  mutable std::mutex mutex_;  // guards what follows
  SlotQueue waiting_;
  IdleList idle_;
  bool stopped_ = false;
  PoolStats stats_;  // `idle` and `waiting` are filled in when asked
};

}  // namespace cxxproxy::backend
