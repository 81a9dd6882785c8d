#include "engine/clock.hpp"

#include <thread>

#include "catch.hpp"
#include "engine/fake_clock.hpp"

namespace cxxproxy::engine {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a deadline never lies past the end of time", "[engine]") {
  const TimePoint now{5s};
  CHECK(deadline_after(now, 3us) == TimePoint{5s + 3us});
  CHECK(deadline_after(now, Duration::max()) == never);
  CHECK(deadline_after(never - 1us, 2us) == never);
  CHECK(deadline_after(never, 1us) == never);
}

TEST_CASE("the steady clock goes on, and its wait ends not before the deadline", "[engine]") {
  const Clock& clock = steady_clock();
  std::mutex mutex;
  std::condition_variable nobody_notifies;
  std::unique_lock lock(mutex);
  const auto deadline = deadline_after(clock.now(), 2ms);
  while (clock.now() < deadline) clock.wait_until(nobody_notifies, lock, deadline);
  CHECK(clock.now() >= deadline);
  CHECK(lock.owns_lock());
}

TEST_CASE("the steady clock can wait without a deadline", "[engine]") {
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false;
  std::thread notifier([&] {
    const std::lock_guard guard(mutex);
    ready = true;
    changed.notify_all();
  });
  {
    std::unique_lock lock(mutex);
    while (!ready) steady_clock().wait_until(changed, lock, never);
  }
  notifier.join();
  CHECK(ready);
}

TEST_CASE("the fake clock moves only by hand and wakes who waits by it", "[engine]") {
  FakeClock clock;
  std::mutex mutex;
  std::condition_variable nobody_notifies;
  const auto start = clock.now();
  const auto deadline = deadline_after(start, 1min);
  TimePoint woken{};
  std::thread sleeper([&] {
    std::unique_lock lock(mutex);
    while (clock.now() < deadline) clock.wait_until(nobody_notifies, lock, deadline);
    woken = clock.now();
  });
  clock.await_sleepers_blocking(1);
  CHECK(clock.now() == start);
  clock.advance(59s);
  clock.await_sleepers_blocking(1);
  clock.advance(2s);
  sleeper.join();
  CHECK(woken == start + 61s);
}

}  // namespace
}  // namespace cxxproxy::engine
