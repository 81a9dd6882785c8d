#include "engine/clock.hpp"

namespace cxxproxy::engine {
namespace {

// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): see Clock
class SteadyClock final : public Clock {
 public:
  TimePoint now() const noexcept override {
    return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
  }

  void wait_until(std::condition_variable& condition, std::unique_lock<std::mutex>& lock,
                  TimePoint deadline) const override {
    // never in nanoseconds would overflow.
    if (deadline == never) {
      condition.wait(lock);
    } else {
      condition.wait_until(lock, deadline);
    }
  }
};

}  // namespace

const Clock& steady_clock() noexcept {
  static constexpr SteadyClock clock;
  return clock;
}

}  // namespace cxxproxy::engine
