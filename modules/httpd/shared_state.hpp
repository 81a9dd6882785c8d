// What all children share about members: one anonymous shared-memory segment, made in post_config before the fork.
// Plain structs, atomics, no pointers. It outlives a restart, see carry_over.
//
// Counts are relaxed: nothing is published through them; only requests in flight have an order, see BusyMark. Flags are
// published by health::ErrorMark. What the balancer-manager changes lies in records, under a lock that no request waits
// for: see SharedState::version.
#pragma once

#include "httpd/apache.hpp"

#include "health/active.hpp"
#include "health/passive.hpp"
#include "httpd/live_settings.hpp"
#include "httpd/shared_mutex.hpp"

#include <apr_shm.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

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

  health::CheckCounts checks;
};
static_assert(std::is_standard_layout_v<MemberState> && std::is_trivially_destructible_v<MemberState>);
static_assert(std::atomic<std::int64_t>::is_always_lock_free, "other processes could not share it");

// What the last check of a member found.
struct CheckReport {
  std::int64_t at_us;  // wall clock; 0: there was none
  std::int64_t took_us;
  bool passed;
  FixedText<128> text;  // "status 503", "cannot connect: Connection refused"; no control characters
};

// What of a member can be changed at run time. `configured` is what the configuration said when `now` was last taken
// from it.
struct MemberRecord {
  FixedText<512> key;  // by which it is known again after a restart: its server, its balancer, its URL
  LiveMember now;
  LiveMember configured;
  std::uint32_t configured_flags;
  CheckReport check;
};

// Likewise of a balancer. Members that are added at run time have the slots from `first_added` on.
struct BalancerState {
  FixedText<512> key;
  FixedText<40> nonce;  // of the manager's forms; empty: the manager changes nothing
  LiveBalancer now;
  LiveBalancer configured;
  std::uint32_t first_added;
  std::uint32_t most_added;
  std::uint32_t added;
  bool nonce_is_configured;  // not made up here
};

// How requests in flight are counted so that a killed child leaves no trace: each child has a column of its own and
// only ever changes that; the number of a member is the sum over the columns. When a child ends, however it ends, the
// parent clears its column.
//
// When a generation gets a segment of its own, the children of the one before go on with theirs until they end: the sum
// goes over the columns there, too.
class SharedState {
 public:
  // For `members` and `balancers` slots and as many children as the MPM may run at once. The segment is there until
  // apr_shm_destroy(), at the latest until the cleanups of `pool`: what ends with a child pool of it still finds it.
  struct Segment {
    apr_shm_t* memory;
    void* base;        // null: there is no memory,
    apr_status_t why;  // for this reason
  };
  static Segment create(apr_pool_t* pool, std::size_t members, std::size_t balancers);

  // A handle on what create() has made, by this process or by one that it was forked from. False in is_ours(): it was
  // made by another version of this module, or for another number of children.
  explicit SharedState(void* segment) noexcept;
  static bool is_ours(const void* segment) noexcept;

  std::span<MemberState> members() const noexcept { return members_; }
  std::span<BalancerState> balancers() const noexcept { return balancers_; }
  MemberState& member(std::size_t number) const noexcept { return members_[number]; }
  BalancerState& balancer(std::size_t number) const noexcept { return balancers_[number]; }
  MemberRecord& record(std::size_t number) const noexcept { return records_[number]; }

  // Grows with each change of records. Who has made a copy of them knows by it whether the copy still holds.
  std::uint64_t version() const noexcept { return header_.version.load(std::memory_order_acquire); }

  // Records are read and written under this. Who has written calls changed() before letting go.
  SharedMutex& lock() const noexcept { return header_.lock; }
  void changed() const noexcept { header_.version.fetch_add(1, std::memory_order_release); }

  // A new child gets a column for the life of its process: from the parent, or in the child, whoever is first. The
  // child counts there from then on. With none free its requests in flight are counted in a column shared with others,
  // which nobody clears while they live.
  void give_column(pid_t child) noexcept;
  void use_column(pid_t myself) noexcept;

  // In the parent, when a child is gone; here and in the older segments.
  void clear_columns_of(pid_t pid) noexcept;

  // In the parent, when it may have missed that.
  void clear_columns_of_the_dead() noexcept;

  // Somebody has a column.
  bool has_children() const noexcept;

  // In the parent. What `older`, a segment that this one took the place of, still counts for members of the same key
  // counts here, too; children made from now on know of it. It stays where it is until forget(), which moves counters
  // over that have grown there meanwhile; in children that are there already it counts nothing any more.
  void look_back(void* older);
  void forget(SharedState& older);

  std::uint32_t inflight(const MemberState& member) const noexcept;

  // The policy's own. They lie close together: a policy that keeps a balance changes those of all candidates at once.
  std::atomic<std::int64_t>& score(const MemberState& member) const noexcept;

 private:
  friend class BusyMark;
  struct Header {
    std::uint32_t magic;
    std::uint32_t members;
    std::uint32_t balancers;
    std::uint32_t columns;
    std::uint64_t size;
    std::atomic<std::uint32_t> columns_used;  // no column from here on was ever claimed
    std::atomic<std::uint64_t> version;
    SharedMutex lock;
  };

  struct Older {
    std::unique_ptr<SharedState> state;
    std::vector<std::uint32_t> slots;  // by our member's number
  };

  std::size_t shared_column() const noexcept { return header_.columns - 1; }
  std::size_t column_of(pid_t pid) noexcept;
  std::atomic<std::uint32_t>& busy(std::size_t member, std::size_t column) const noexcept;
  void clear(std::size_t column) noexcept;

  Header& header_;
  std::span<MemberState> members_;
  std::span<MemberRecord> records_;
  std::span<BalancerState> balancers_;
  std::span<std::atomic<std::int64_t>> scores_;
  std::span<std::atomic<std::int32_t>> column_pids_;  // 0: free. The last column is the shared one
  std::span<std::atomic<std::uint32_t>> busy_;        // by column, then by member: a child writes lines of its own
  std::size_t my_column_;
  std::vector<Older> older_;
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
  ~BusyMark();

  // An empty mark if the member has more than `at_most` others. A sum cannot be compared and changed in one step, so
  // the request is counted first and the sum looked at then: of callers that come at once none misses the others, and
  // all may find that there are too many.
  static BusyMark unless_more(SharedState& state, const MemberState& member, std::uint32_t at_most) noexcept;

  explicit operator bool() const noexcept { return count_ != nullptr; }

 private:
  std::atomic<std::uint32_t>* count_ = nullptr;
};

// The segment of the running configuration; null before post_config.
SharedState* shared_state() noexcept;
void set_shared_state(SharedState* state) noexcept;

// For one whose first check is awaited and will not come: it serves without. False for any other.
bool end_wait(MemberState& state) noexcept;

// The handle that health/ works with.
health::ErrorMark error_mark(MemberState& state, apr_interval_time_t retry) noexcept;

}  // namespace cxxproxy::httpd
