#include "httpd/shared_state.hpp"

#include "httpd/pool.hpp"

#include <apr_shm.h>

#include <cstring>
#include <memory>

namespace cxxproxy::httpd {
namespace {

constexpr std::uint32_t layout_magic = 0x43585032;  // CXP2: changes with the layout
SharedState* current = nullptr;

// Counts of one column, with what fills its last cache line.
std::size_t column_stride(std::size_t members) noexcept {
  constexpr std::size_t counts_a_line = cache_line / sizeof(std::atomic<std::uint32_t>);
  return (members + counts_a_line - 1) / counts_a_line * counts_a_line;
}

std::size_t aligned(std::size_t size) noexcept { return (size + cache_line - 1) / cache_line * cache_line; }

// Children that can exist at once: those the MPM starts, and as many from before a graceful restart. One more column
// is for children beyond that.
std::size_t column_count() {
  int children = 0;
  if (ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &children) != APR_SUCCESS || children < 1) children = 1;
  return static_cast<std::size_t>(children) * 2 + 1;
}

}  // namespace

struct SharedState::Header {
  std::uint32_t magic;
  std::uint32_t members;
  std::uint32_t balancers;
  std::uint32_t columns;
  std::uint64_t size;
  std::atomic<std::uint32_t> columns_used;
};

SharedState::SharedState(void* base, std::size_t members, std::size_t balancers, std::size_t columns) noexcept
    : my_column_(columns - 1) {
  char* at = static_cast<char*>(base);
  columns_used_ = &reinterpret_cast<Header*>(at)->columns_used;
  at += aligned(sizeof(Header));
  members_ = {reinterpret_cast<MemberState*>(at), members};
  at += aligned(sizeof(MemberState) * members);
  balancers_ = {reinterpret_cast<BalancerState*>(at), balancers};
  at += aligned(sizeof(BalancerState) * balancers);
  scores_ = {reinterpret_cast<std::atomic<std::int64_t>*>(at), members};
  at += aligned(sizeof(std::atomic<std::int64_t>) * members);
  column_pids_ = {reinterpret_cast<std::atomic<std::int32_t>*>(at), columns};
  at += aligned(sizeof(std::atomic<std::int32_t>) * columns);
  busy_ = {reinterpret_cast<std::atomic<std::uint32_t>*>(at), column_stride(members) * columns};
  for (std::size_t number = 0; number < members; ++number) members_[number].number = static_cast<std::uint32_t>(number);
}

SharedState* SharedState::create(apr_pool_t* pool, std::size_t members, std::size_t balancers, apr_status_t& why) {
  const std::size_t columns = column_count();
  const std::size_t size =
      aligned(sizeof(Header)) + aligned(sizeof(MemberState) * members) + aligned(sizeof(BalancerState) * balancers) +
      aligned(sizeof(std::atomic<std::int64_t>) * members) + aligned(sizeof(std::atomic<std::int32_t>) * columns) +
      sizeof(std::atomic<std::uint32_t>) * column_stride(members) * columns;
  apr_shm_t* segment = nullptr;
  // APR keeps a word of its own before what it gives out, so the lines are found within a line more.
  std::size_t room = size + cache_line;
  why = apr_shm_create(&segment, room, nullptr, pool);
  if (why != APR_SUCCESS) return nullptr;
  void* base = apr_shm_baseaddr_get(segment);
  std::align(cache_line, size, base, room);
  std::memset(base, 0, size);
  Header& header = *static_cast<Header*>(base);
  header.magic = layout_magic;
  header.members = static_cast<std::uint32_t>(members);
  header.balancers = static_cast<std::uint32_t>(balancers);
  header.columns = static_cast<std::uint32_t>(columns);
  header.size = size;
  void* place = apr_palloc(pool, sizeof(SharedState));
  return ::new (place) SharedState(base, members, balancers, columns);
}

MemberState& SharedState::member(std::size_t number) noexcept { return members_[number]; }
BalancerState& SharedState::balancer(std::size_t number) noexcept { return balancers_[number]; }

std::atomic<std::uint32_t>& SharedState::busy(std::size_t member, std::size_t column) const noexcept {
  return busy_[column * column_stride(members_.size()) + member];
}

bool SharedState::claim_column(pid_t pid) noexcept {
  for (std::size_t column = 0; column + 1 < column_pids_.size(); ++column) {
    std::int32_t free = 0;
    if (!column_pids_[column].compare_exchange_strong(free, static_cast<std::int32_t>(pid))) continue;
    my_column_ = column;
    std::uint32_t used = columns_used_->load();
    while (used < column + 1 && !columns_used_->compare_exchange_weak(used, static_cast<std::uint32_t>(column + 1))) {
    }
    return true;
  }
  return false;
}

void SharedState::clear_column_of(pid_t pid) noexcept {
  for (std::size_t column = 0; column + 1 < column_pids_.size(); ++column) {
    if (column_pids_[column].load() != static_cast<std::int32_t>(pid)) continue;
    for (std::size_t member = 0; member < members_.size(); ++member) busy(member, column).store(0);
    column_pids_[column].store(0);
    return;
  }
}

std::uint32_t SharedState::inflight(const MemberState& member) const noexcept {
  const std::size_t used = columns_used_->load(std::memory_order_relaxed);
  std::uint32_t sum = busy(member.number, column_pids_.size() - 1).load(std::memory_order_relaxed);
  for (std::size_t column = 0; column < used; ++column) {
    sum += busy(member.number, column).load(std::memory_order_relaxed);
  }
  return sum;
}

std::atomic<std::int64_t>& SharedState::score(const MemberState& member) const noexcept {
  return scores_[member.number];
}

BusyMark::BusyMark(SharedState& state, const MemberState& member) noexcept
    : count_(&state.busy(member.number, state.my_column_)) {
  count_->fetch_add(1, std::memory_order_relaxed);
}

SharedState* shared_state() noexcept { return current; }
void set_shared_state(SharedState* state) noexcept { current = state; }

health::ErrorMark error_mark(MemberState& state, apr_interval_time_t retry) noexcept {
  return {&state.flags, &state.error_time_us, &state.retries, retry};
}

}  // namespace cxxproxy::httpd
