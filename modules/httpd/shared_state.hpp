// What all children share about members: one anonymous shared-memory segment a configuration generation, made in
// post_config before the fork and gone with the configuration's pool. Plain structs, atomics, no pointers, no lock.
//
// Counts are relaxed: nothing is published through them. Flags are published by health::ErrorMark.
#pragma once

#include "httpd/apache.hpp"

#include "health/passive.hpp"

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

namespace cxxproxy::httpd {

inline constexpr std::size_t cache_line = 64;

// One member's slot. All zero is a fresh one. What every pick reads lies apart from what every request writes.
struct alignas(cache_line) MemberState {
  std::atomic<std::uint32_t> flags;  // bits of balance::MemberFlag
  std::atomic<std::uint32_t> retries;
  std::atomic<std::int64_t> error_time_us;  // 0: fine
  std::uint32_t number;                     // its place in the segment; set once, before the fork

  alignas(cache_line) std::atomic<std::uint64_t> elected;
  std::atomic<std::uint64_t> sent;
  std::atomic<std::uint64_t> received;
};
static_assert(std::is_standard_layout_v<MemberState> && std::is_trivially_destructible_v<MemberState>);
static_assert(std::atomic<std::int64_t>::is_always_lock_free, "other processes could not share it");

// A balancer's: the nonce of its manager forms, the same in all children.
struct BalancerState {
  char nonce[40];  // empty: the manager changes nothing
};

// How requests in flight are counted so that a killed child leaves no trace: each child has a column of its own and
// only ever changes that; the number of a member is the sum over the columns. When a child ends, however it ends, the
// parent clears its column.
class SharedState {
 public:
  // For `members` and `balancers` slots and as many children as the MPM may run at once. Null when there is no memory;
  // `why` says more then. Lives in `pool`.
  static SharedState* create(apr_pool_t* pool, std::size_t members, std::size_t balancers, apr_status_t& why);

  MemberState& member(std::size_t number) noexcept;
  BalancerState& balancer(std::size_t number) noexcept;

  // In a new child: takes a column, for the life of the process. False: none is free, and this child's requests in
  // flight are counted in a column shared with others, which nobody clears while they live.
  bool claim_column(pid_t pid) noexcept;

  // In the parent, when a child is gone.
  void clear_column_of(pid_t pid) noexcept;

  std::uint32_t inflight(const MemberState& member) const noexcept;

  // The policy's own. They lie close together: a policy that keeps a balance changes those of all candidates at once.
  std::atomic<std::int64_t>& score(const MemberState& member) const noexcept;

 private:
  friend class BusyMark;
  struct Header;
  SharedState(void* base, std::size_t members, std::size_t balancers, std::size_t columns) noexcept;

  std::atomic<std::uint32_t>& busy(std::size_t member, std::size_t column) const noexcept;

  std::span<MemberState> members_;
  std::span<BalancerState> balancers_;
  std::span<std::atomic<std::int64_t>> scores_;
  std::span<std::atomic<std::int32_t>> column_pids_;  // 0: free. The last column is the shared one
  std::span<std::atomic<std::uint32_t>> busy_;        // by column, then by member: a child writes lines of its own
  std::atomic<std::uint32_t>* columns_used_;          // no column from here on was ever claimed
  std::size_t my_column_;
};

// One request in flight at one member, counted while it exists.
class BusyMark {
 public:
  BusyMark() noexcept = default;
  BusyMark(SharedState& state, const MemberState& member) noexcept;
  BusyMark(BusyMark&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  BusyMark& operator=(BusyMark&& other) noexcept {
    std::swap(count_, other.count_);
    return *this;
  }
  ~BusyMark() {
    if (count_) count_->fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint32_t>* count_ = nullptr;
};

// The segment of the running configuration; null before post_config.
SharedState* shared_state() noexcept;
void set_shared_state(SharedState* state) noexcept;

// The handle that health/ works with.
health::ErrorMark error_mark(MemberState& state, apr_interval_time_t retry) noexcept;

}  // namespace cxxproxy::httpd
