#include "httpd/capture/phase_watch.hpp"

#include "engine/reactor.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <string_view>

namespace cxxproxy::httpd {
namespace {

// More than a reactor can spare.
constexpr std::int64_t limit_us = 2000;

// The bucket: what makes it full, and what a quick request lets out.
constexpr std::int64_t full_us = 50'000;
constexpr std::int64_t leak_us = 50;

// On a reactor: how old a look ahead may be, within a round. What was computed since counts as the others'.
constexpr std::int64_t shared_us = 500;

// How long a slow one is remembered, and how long is looked closely once there was a doubt.
constexpr std::int64_t memory_us = 60'000'000;

// Written by several threads without order: what gets lost is found out again.
struct Record {
  std::atomic<std::uint64_t> key{0};
  std::atomic<std::int64_t> late_us{0};
  std::atomic<std::int64_t> slow_until_us{0};
  std::atomic<std::int64_t> doubted_until_us{0};
};

constexpr std::size_t records = 1024;
std::array<Record, records> table;

std::int64_t now_us() noexcept {
  using std::chrono::steady_clock;
  return std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now().time_since_epoch()).count();
}

// "/app" of "/app/page": where sections begin, mostly.
std::string_view first_part(const char* path) noexcept {
  const std::string_view whole = path ? path : "";
  return whole.substr(0, std::min(whole.find('/', 1), whole.size()));
}

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) noexcept {
  return (a ^ (b + 0x9e3779b97f4a7c15U + (a << 6U) + (a >> 2U))) | 1U;
}

Record& place_of(std::uint64_t key) noexcept { return table[(key >> 7U) % records]; }

// Null when nothing is known.
const Record* known(std::uint64_t key) noexcept {
  const Record& record = place_of(key);
  return record.key.load(std::memory_order_relaxed) == key ? &record : nullptr;
}

Record& made(std::uint64_t key) noexcept {
  Record& record = place_of(key);
  if (record.key.exchange(key, std::memory_order_relaxed) != key) {
    record.late_us.store(0, std::memory_order_relaxed);
    record.slow_until_us.store(0, std::memory_order_relaxed);
    record.doubted_until_us.store(0, std::memory_order_relaxed);
  }
  return record;
}

bool is_slow(const Record& record, std::int64_t now) noexcept {
  return record.slow_until_us.load(std::memory_order_relaxed) > now;
}

}  // namespace

PhaseWatch::PhaseWatch(const request_rec* r) noexcept
    : site_(mixed(reinterpret_cast<std::uintptr_t>(r->server), 0)),
      key_(mixed(site_, std::hash<std::string_view>{}(first_part(r->uri)))) {}

PhaseWatch::Usage PhaseWatch::usage() noexcept {
  rusage used{};
  ::getrusage(RUSAGE_THREAD, &used);
  const auto us = [](const timeval& time) { return static_cast<std::int64_t>(time.tv_sec) * 1'000'000 + time.tv_usec; };
  return {used.ru_nvcsw, us(used.ru_utime) + us(used.ru_stime)};
}

// Between two rounds a reactor sleeps, so a look is good for the round it was made in.
PhaseWatch::Look PhaseWatch::look_ahead(std::int64_t now) noexcept {
  static thread_local Look last{};
  static thread_local engine::TimePoint round{};
  const engine::Reactor* here = engine::Reactor::current();
  if (here && here->now() == round && now - last.at_us < shared_us) return last;
  if (here) round = here->now();
  last = {usage(), now};
  return last;
}

bool PhaseWatch::quick() const noexcept {
  const std::int64_t now = now_us();
  if (const Record* record = known(key_)) return !is_slow(*record, now);
  const Record* site = known(site_);
  return !site || !is_slow(*site, now);
}

void PhaseWatch::begin(bool curious) noexcept {
  began_us_ = now_us();
  const Record* record = known(key_);
  const bool doubted = record ? record->doubted_until_us.load(std::memory_order_relaxed) > began_us_ : curious;
  before_ = doubted ? std::optional(look_ahead(began_us_)) : std::nullopt;
}

void PhaseWatch::end() noexcept {
  const std::int64_t now = now_us();
  const std::int64_t took = now - began_us_;
  Record& record = made(key_);
  const std::int64_t late = record.late_us.load(std::memory_order_relaxed);
  if (took <= limit_us) {
    if (late > 0) record.late_us.store(late - leak_us, std::memory_order_relaxed);
    return;
  }
  record.doubted_until_us.store(now + memory_us, std::memory_order_relaxed);
  if (!before_) return;
  const Usage after = usage();
  const std::int64_t of_others_us = began_us_ - before_->at_us;
  const Usage& before = before_->usage;
  if (after.sleeps == before.sleeps && after.cpu_us - before.cpu_us <= limit_us + of_others_us) return;
  record.late_us.store(std::min(late + took, 2 * full_us), std::memory_order_relaxed);
  if (late + took < full_us) return;
  record.slow_until_us.store(now + memory_us, std::memory_order_relaxed);
  made(site_).slow_until_us.store(now + memory_us, std::memory_order_relaxed);
}

}  // namespace cxxproxy::httpd
