// What one call of Exchange::advance() has in hand; for its sources only.
#pragma once

#include "exchange/exchange.hpp"

namespace cxxproxy::exchange {

struct Exchange::Turn {
  engine::Woken woken;
  bool timed_out;
  engine::TimePoint now;
  std::span<char> buffer;
  Step step{};
  bool halted = false;

  void halt(Step::Kind kind) {
    step.kind = kind;
    halted = true;
  }
};

}  // namespace cxxproxy::exchange
