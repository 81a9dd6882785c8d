#include "exchange/patience.hpp"

namespace cxxproxy::exchange {

engine::TimePoint Patience::deadline(const engine::Wait& wanted, engine::Duration span, std::uint64_t moved,
                                     engine::TimePoint now) noexcept {
  const bool same = waiting_ && wait_.backend == wanted.backend && wait_.client == wanted.client && span_ == span;
  if (!same || moved_ != moved) wait_.deadline = engine::deadline_after(now, span);
  wait_.backend = wanted.backend;
  wait_.client = wanted.client;
  span_ = span;
  moved_ = moved;
  waiting_ = true;
  return wait_.deadline;
}

}  // namespace cxxproxy::exchange
