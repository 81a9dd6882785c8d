#include "engine/reactor.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "engine/poll.hpp"

namespace cxxproxy::engine {
namespace {

constexpr std::size_t most_events = 256;
constexpr std::size_t first_slots = 64;

// The eventfd's key; no slot has that number.
constexpr std::uint64_t wake_key = ~std::uint64_t{0};

// What a slot remembers, as bits. `Always` ones are not used up.
enum Flag : unsigned { Readable = 1, Writable = 2, AlwaysReadable = 4, AlwaysWritable = 8, HungUp = 16 };

epoll_event registration(std::uint64_t key) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = key;
  return event;
}

// A hang-up of one side ends reading; one of both sides, or an error, ends writing too.
unsigned flags_of(std::uint32_t events) {
  unsigned flags = 0;
  if ((events & EPOLLIN) != 0) flags |= Readable;
  if ((events & EPOLLOUT) != 0) flags |= Writable;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) flags |= Readable | AlwaysReadable | HungUp;
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) flags |= Writable | AlwaysWritable;
  return flags;
}

[[noreturn]] void fail(int error, const char* what) { throw std::system_error(error, std::generic_category(), what); }

void close_both(int epoll, int wake) noexcept {
  if (epoll >= 0) ::close(epoll);
  if (wake >= 0) ::close(wake);
}

// Nobody reads the eventfd: edge-triggered, each write is an event of its own.
void wake_up(int wake) noexcept { ::eventfd_write(wake, 1); }

thread_local Reactor* running = nullptr;

class Running {
 public:
  explicit Running(Reactor& reactor) noexcept { running = &reactor; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() { running = nullptr; }
};

void run_all(std::vector<Reactor::Task>& tasks) {
  for (Reactor::Task& task : tasks) {
    task();
    task = nullptr;  // what it holds goes before the next one runs
  }
}

}  // namespace

struct Reactor::Slot {
  Watcher* watcher = nullptr;
  std::uint32_t generation = 0;
  unsigned flags = 0;
};

Watch::Watch(Watch&& other) noexcept : reactor_(std::exchange(other.reactor_, nullptr)), slot_(other.slot_) {}

Watch& Watch::operator=(Watch&& other) noexcept {
  if (this == &other) return *this;
  reset();
  reactor_ = std::exchange(other.reactor_, nullptr);
  slot_ = other.slot_;
  return *this;
}

void Watch::reset() noexcept {
  if (reactor_ != nullptr) std::exchange(reactor_, nullptr)->free_slot(slot_);
}

void Watch::leave(int fd) noexcept {
  if (reactor_ == nullptr) return;
  ::epoll_ctl(reactor_->epoll_, EPOLL_CTL_DEL, fd, nullptr);
  Reactor& former = *std::exchange(reactor_, nullptr);
  former.post([&former, slot = slot_] { former.free_slot(slot); });
}

void Watch::set_watcher(Watcher* watcher) noexcept { reactor_->slots_[slot_].watcher = watcher; }

Readiness Watch::seen() const noexcept {
  const unsigned flags = reactor_->slots_[slot_].flags;
  return {(flags & Readable) != 0, (flags & Writable) != 0};
}

bool Watch::hung_up() const noexcept { return (reactor_->slots_[slot_].flags & HungUp) != 0; }

bool Watch::is_dead() const noexcept { return (reactor_->slots_[slot_].flags & AlwaysWritable) != 0; }

Readiness Watch::take(const Interest& wanted) noexcept {
  unsigned& flags = reactor_->slots_[slot_].flags;
  const Readiness taken{wanted.readable && (flags & Readable) != 0, wanted.writable && (flags & Writable) != 0};
  if (taken.readable && (flags & AlwaysReadable) == 0) flags &= ~unsigned{Readable};
  if (taken.writable && (flags & AlwaysWritable) == 0) flags &= ~unsigned{Writable};
  return taken;
}

Reactor::Reactor(const Clock& clock, std::size_t buffer_size)
    : clock_(clock), buffer_size_(buffer_size), buffer_(std::make_unique<char[]>(buffer_size)), now_(clock.now()) {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event event = registration(wake_key);
  event.events = EPOLLIN | EPOLLET;
  if (epoll_ >= 0 && wake_ >= 0 && ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) == 0) return;
  const int error = errno;
  close_both(epoll_, wake_);
  fail(error, "a reactor");
}

Reactor::~Reactor() {
  // What a task holds may let go of watches, and post, while it dies.
  while (!deferred_.empty()) std::exchange(deferred_, {}).clear();
  for (std::vector<Task> tasks = take_posted(); !tasks.empty(); tasks = take_posted()) tasks.clear();
  close_both(epoll_, wake_);
}

Reactor* Reactor::current() noexcept { return running; }

void Reactor::run() {
  const Running mark(*this);
  while (!stopping_.load(std::memory_order_acquire)) {
    round(deferred_.empty() ? timeout_ms(clock_.now(), timers_.next()) : 0);
  }
}

void Reactor::stop() noexcept {
  stopping_.store(true, std::memory_order_release);
  wake_up(wake_);
}

void Reactor::wake() noexcept { wake_up(wake_); }

void Reactor::post(Task task) {
  {
    const std::lock_guard guard(mutex_);
    posted_.push_back(std::move(task));
    if (posted_.size() > 1) return;
  }
  wake_up(wake_);
}

Watch Reactor::watch(int fd, Watcher* watcher) {
  if (free_slots_.empty()) add_slots();
  const std::uint32_t number = free_slots_.back();
  Slot& slot = slots_[number];
  epoll_event event = registration(std::uint64_t{slot.generation} << 32 | number);
  int result = ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  // Watched here before and not closed since: its former slot hears no more of it.
  if (result < 0 && errno == EEXIST) result = ::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
  if (result < 0) fail(errno, "watching a descriptor");
  free_slots_.pop_back();
  slot.watcher = watcher;
  watched_.fetch_add(1, std::memory_order_relaxed);
  return {*this, number};
}

void Reactor::defer(Task task) { deferred_.push_back(std::move(task)); }

void Reactor::round(int timeout_ms) {
  std::array<epoll_event, most_events> events;
  const int count = ::epoll_wait(epoll_, events.data(), events.size(), timeout_ms);
  now_ = clock_.now();
  for (int i = 0; i < count; ++i) {
    const std::uint64_t key = events[i].data.u64;
    if (key == wake_key) continue;
    Slot& slot = slots_[static_cast<std::uint32_t>(key)];
    if (slot.generation != key >> 32) continue;
    slot.flags |= flags_of(events[i].events);
    // The last use of `slot`: a watcher may make slots_ grow.
    if (slot.watcher != nullptr) slot.watcher->on_ready();
  }
  std::vector<Task> posted = take_posted();
  run_all(posted);
  timers_.run(now_);
  std::vector<Task> deferred = std::exchange(deferred_, {});
  run_all(deferred);
}

std::vector<Reactor::Task> Reactor::take_posted() noexcept {
  const std::lock_guard guard(mutex_);
  return std::exchange(posted_, {});
}

// All have room in free_slots_, so that freeing one cannot fail.
void Reactor::add_slots() {
  const std::size_t before = slots_.size();
  const std::size_t after = std::max(first_slots, 2 * before);
  free_slots_.reserve(after);
  slots_.resize(after);
  for (std::size_t number = after; number-- > before;) free_slots_.push_back(static_cast<std::uint32_t>(number));
}

void Reactor::free_slot(std::uint32_t number) noexcept {
  Slot& slot = slots_[number];
  slot = {nullptr, slot.generation + 1, 0};
  free_slots_.push_back(number);
  watched_.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace cxxproxy::engine
