// Signals that interrupt whatever waits.
#pragma once

#include <sys/time.h>

#include <csignal>

#include "catch.hpp"

namespace cxxproxy::engine::test {

// SIGALRM each millisecond for as long as it lives, and what it was before again afterwards.
class SignalRain {
 public:
  explicit SignalRain(void (*on_signal)(int)) {
    struct sigaction handler {};
    handler.sa_handler = on_signal;
    REQUIRE(::sigaction(SIGALRM, &handler, &former_) == 0);
    const itimerval rain{{0, 1000}, {0, 1000}};
    REQUIRE(::setitimer(ITIMER_REAL, &rain, nullptr) == 0);
  }
  SignalRain(const SignalRain&) = delete;
  SignalRain& operator=(const SignalRain&) = delete;
  ~SignalRain() {
    const itimerval dry{};
    ::setitimer(ITIMER_REAL, &dry, nullptr);
    ::sigaction(SIGALRM, &former_, nullptr);
  }

 private:
  struct sigaction former_ {};
};

}  // namespace cxxproxy::engine::test
