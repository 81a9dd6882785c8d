// A reactor on a thread of its own, for tests.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include "engine/reactor.hpp"

namespace cxxproxy::engine::test {

class ReactorThread {
 public:
  explicit ReactorThread(const Clock& clock = steady_clock()) : reactor_(clock) {
    thread_ = std::thread([this] { reactor_.run(); });
  }
  ReactorThread(const ReactorThread&) = delete;
  ReactorThread& operator=(const ReactorThread&) = delete;
  ~ReactorThread() { stop(); }

  Reactor& reactor() { return reactor_; }
  std::thread::id id() const { return thread_.get_id(); }

  // BLOCKS until `work` is done on the reactor's thread, after all that was left for it before; what it returns.
  template <class Work>
  auto run(Work work) {
    const auto task = std::make_shared<std::packaged_task<decltype(work())()>>(std::move(work));
    reactor_.post([task] { (*task)(); });
    return task->get_future().get();
  }

  // BLOCKS until the reactor has come to see that it is so, for seconds at most.
  template <class Condition>
  bool comes_true(Condition condition) {
    const auto& clock = steady_clock();
    const auto deadline = deadline_after(clock.now(), std::chrono::seconds(10));
    while (!run(condition)) {
      if (clock.now() >= deadline) return false;
    }
    return true;
  }

  // BLOCKS for a few rounds: what there is to be seen has been seen.
  void look_around() {
    for (int rounds = 0; rounds < 5; ++rounds) run([] {});
  }

  // BLOCKS until the loop has ended, behind all that was left for it before.
  void stop() {
    if (!thread_.joinable()) return;
    run([] {});
    reactor_.stop();
    thread_.join();
  }

 private:
  Reactor reactor_;
  std::thread thread_;
};

}  // namespace cxxproxy::engine::test
