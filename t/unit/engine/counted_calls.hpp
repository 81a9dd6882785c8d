// A watcher and a timer that count their calls and do what a test says.
#pragma once

#include <functional>
#include <utility>

#include "engine/reactor.hpp"
#include "engine/timer_queue.hpp"

namespace cxxproxy::engine::test {

class Listener final : public Watcher {
 public:
  explicit Listener(std::function<void()> action = {}) : action_(std::move(action)) {}

  void on_ready() noexcept override {
    ++calls;
    if (action_) action_();
  }

  int calls = 0;

 private:
  std::function<void()> action_;
};

class Alarm final : public Timer {
 public:
  explicit Alarm(std::function<void()> action = {}) : action_(std::move(action)) {}

  int rung = 0;

 private:
  void on_time() noexcept override {
    ++rung;
    if (action_) action_();
  }

  std::function<void()> action_;
};

}  // namespace cxxproxy::engine::test
