#include "httpd/shared_state.hpp"

#include "httpd/pool.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>
#include <unordered_map>

namespace cxxproxy::httpd {
namespace {

constexpr std::uint32_t layout_magic = 0x43585037;  // CXP7: changes with the layout
SharedState* current = nullptr;

// Counts of one column, with what fills its last cache line.
std::size_t column_stride(std::size_t members) noexcept {
  constexpr std::size_t counts_a_line = cache_line / sizeof(std::atomic<std::uint32_t>);
  return (members + counts_a_line - 1) / counts_a_line * counts_a_line;
}

constexpr std::size_t aligned(std::size_t size) noexcept { return (size + cache_line - 1) / cache_line * cache_line; }

constexpr std::uint32_t no_slot = std::numeric_limits<std::uint32_t>::max();

// Children that can exist at once: those the MPM starts, and as many from before a graceful restart. One more column
// is for children beyond that.
std::size_t column_count() {
  int children = 0;
  if (ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &children) != APR_SUCCESS || children < 1) children = 1;
  return static_cast<std::size_t>(children) * 2 + 1;
}

void move_counters(MemberState& from, MemberState& to) noexcept {
  to.elected.fetch_add(from.elected.exchange(0));
  to.sent.fetch_add(from.sent.exchange(0));
  to.received.fetch_add(from.received.exchange(0));
  to.checks.checks.fetch_add(from.checks.checks.exchange(0));
  to.checks.failures.fetch_add(from.checks.failures.exchange(0));
}

// Lays out parts behind one another, each at the beginning of a cache line. Without a base it only measures.
class Layout {
 public:
  explicit Layout(void* base) noexcept : base_(static_cast<char*>(base)) {}

  template <class T>
  std::span<T> next(std::size_t count) noexcept {
    char* const first = base_ ? base_ + size_ : nullptr;
    size_ += aligned(sizeof(T) * count);
    return {reinterpret_cast<T*>(first), first ? count : 0};
  }
  std::size_t size() const noexcept { return size_; }

 private:
  char* base_;
  std::size_t size_ = 0;
};

}  // namespace

SharedState::SharedState(void* segment) noexcept
    : header_(*static_cast<Header*>(segment)), my_column_(shared_column()) {
  Layout layout(segment);
  layout.next<Header>(1);
  members_ = layout.next<MemberState>(header_.members);
  records_ = layout.next<MemberRecord>(header_.members);
  balancers_ = layout.next<BalancerState>(header_.balancers);
  scores_ = layout.next<std::atomic<std::int64_t>>(header_.members);
  column_pids_ = layout.next<std::atomic<std::int32_t>>(header_.columns);
  busy_ = layout.next<std::atomic<std::uint32_t>>(column_stride(header_.members) * header_.columns);
}

bool SharedState::is_ours(const void* segment) noexcept {
  const Header& header = *static_cast<const Header*>(segment);
  return header.magic == layout_magic && header.columns == column_count();
}

SharedState::Segment SharedState::create(apr_pool_t* pool, std::size_t members, std::size_t balancers) {
  Header blank{};
  blank.magic = layout_magic;
  blank.members = static_cast<std::uint32_t>(members);
  blank.balancers = static_cast<std::uint32_t>(balancers);
  blank.columns = static_cast<std::uint32_t>(column_count());
  Layout layout(nullptr);
  layout.next<Header>(1);
  layout.next<MemberState>(members);
  layout.next<MemberRecord>(members);
  layout.next<BalancerState>(balancers);
  layout.next<std::atomic<std::int64_t>>(members);
  layout.next<std::atomic<std::int32_t>>(blank.columns);
  layout.next<std::atomic<std::uint32_t>>(column_stride(members) * blank.columns);
  const std::size_t size = layout.size();
  apr_shm_t* shared = nullptr;
  // APR keeps a word of its own before what it gives out, so the lines are found within a line more.
  std::size_t room = size + cache_line;
  const apr_status_t why = apr_shm_create(&shared, room, nullptr, pool);
  if (why != APR_SUCCESS) return {nullptr, nullptr, why};
  void* segment = apr_shm_baseaddr_get(shared);
  std::align(cache_line, size, segment, room);
  std::memset(segment, 0, size);
  Header& header = *static_cast<Header*>(segment);
  header.magic = blank.magic;
  header.members = blank.members;
  header.balancers = blank.balancers;
  header.columns = blank.columns;
  header.size = size;
  header.lock.init();
  header.version.store(static_cast<std::uint64_t>(apr_time_now()));  // no other segment's
  const SharedState made(segment);
  for (std::size_t number = 0; number < members; ++number)
    made.members_[number].number = static_cast<std::uint32_t>(number);
  return {shared, segment, APR_SUCCESS};
}

std::atomic<std::uint32_t>& SharedState::busy(std::size_t member, std::size_t column) const noexcept {
  return busy_[column * column_stride(members_.size()) + member];
}

// The one that it has, else a free one, else the shared one.
std::size_t SharedState::column_of(pid_t pid) noexcept {
  const auto wanted = static_cast<std::int32_t>(pid);
  const std::size_t used = header_.columns_used.load();
  for (std::size_t column = 0; column < used; ++column) {
    if (column_pids_[column].load() == wanted) return column;
  }
  for (std::size_t column = 0; column < shared_column(); ++column) {
    std::int32_t free = 0;
    if (!column_pids_[column].compare_exchange_strong(free, wanted)) continue;
    const auto end = static_cast<std::uint32_t>(column + 1);
    std::uint32_t before = header_.columns_used.load();
    while (before < end && !header_.columns_used.compare_exchange_weak(before, end)) {
    }
    return column;
  }
  return shared_column();
}

void SharedState::give_column(pid_t child) noexcept { column_of(child); }
void SharedState::use_column(pid_t myself) noexcept { my_column_ = column_of(myself); }

void SharedState::clear(std::size_t column) noexcept {
  for (std::size_t member = 0; member < members_.size(); ++member) busy(member, column).store(0);
  column_pids_[column].store(0);
}

// Parent and child may have claimed one each.
void SharedState::clear_columns_of(pid_t pid) noexcept {
  for (std::size_t column = 0; column < shared_column(); ++column) {
    if (column_pids_[column].load() == static_cast<std::int32_t>(pid)) clear(column);
  }
  for (const Older& older : older_) older.state->clear_columns_of(pid);
}

void SharedState::clear_columns_of_the_dead() noexcept {
  for (std::size_t column = 0; column < shared_column(); ++column) {
    const pid_t pid = column_pids_[column].load();
    if (pid != 0 && ::kill(pid, 0) != 0 && errno == ESRCH) clear(column);
  }
}

bool SharedState::has_children() const noexcept {
  return std::ranges::any_of(column_pids_, [](const auto& pid) { return pid.load() != 0; });
}

void SharedState::look_back(void* older) {
  Older found{std::make_unique<SharedState>(older), std::vector<std::uint32_t>(members_.size(), no_slot)};
  std::unordered_map<std::string_view, std::uint32_t> slots;
  for (const MemberState& member : found.state->members()) {
    const std::string_view key = found.state->record(member.number).key.view();
    if (!key.empty()) slots.emplace(key, member.number);
  }
  for (std::size_t number = 0; number < members_.size(); ++number) {
    const auto slot = slots.find(records_[number].key.view());
    if (slot != slots.end()) found.slots[number] = slot->second;
  }
  older_.push_back(std::move(found));
}

void SharedState::forget(SharedState& older) {
  const auto mine =
      std::ranges::find_if(older_, [&](const Older& one) { return &one.state->header_ == &older.header_; });
  if (mine == older_.end()) return;
  for (std::size_t number = 0; number < members_.size(); ++number) {
    if (mine->slots[number] != no_slot) move_counters(older.member(mine->slots[number]), members_[number]);
  }
  older.header_.columns_used.store(0);
  older_.erase(mine);
}

std::uint32_t SharedState::inflight(const MemberState& member) const noexcept {
  const std::size_t used = header_.columns_used.load();
  std::uint32_t sum = busy(member.number, shared_column()).load();
  for (std::size_t column = 0; column < used; ++column) sum += busy(member.number, column).load();
  for (const Older& older : older_) {
    const std::uint32_t slot = older.slots[member.number];
    if (slot != no_slot) sum += older.state->inflight(older.state->member(slot));
  }
  return sum;
}

std::atomic<std::int64_t>& SharedState::score(const MemberState& member) const noexcept {
  return scores_[member.number];
}

BusyMark::BusyMark(SharedState& state, const MemberState& member) noexcept
    : count_(&state.busy(member.number, state.my_column_)) {
  count_->fetch_add(1);
}

BusyMark BusyMark::unless_more(SharedState& state, const MemberState& member, std::uint32_t at_most) noexcept {
  BusyMark mark(state, member);
  return state.inflight(member) - 1 > at_most ? BusyMark() : std::move(mark);
}

BusyMark::~BusyMark() {
  if (count_) count_->fetch_sub(1);
}

SharedState* shared_state() noexcept { return current; }
void set_shared_state(SharedState* state) noexcept { current = state; }

bool end_wait(MemberState& state) noexcept {
  if (!state.checks.awaited.exchange(false)) return false;
  state.flags.fetch_and(~balance::MemberFlags(balance::MemberFlag::HealthFailed).bits());
  return true;
}

health::ErrorMark error_mark(MemberState& state, apr_interval_time_t retry) noexcept {
  return {&state.flags, &state.error_time_us, &state.retries, retry};
}

}  // namespace cxxproxy::httpd
