// How long a wait may last.
#pragma once

#include "engine/wait.hpp"

#include <cstdint>

namespace cxxproxy::exchange {

// The deadline of what an exchange waits for. Asked again for the same wait it stays where it is, unless bytes have
// moved meanwhile: neither a wake-up for nothing nor a client that is asked in vain moves it.
class Patience {
 public:
  // For `wanted` (its deadline is not looked at), which may take `span` from now on. `moved` counts the bytes of the
  // attempt that have gone either way, so only grows.
  engine::TimePoint deadline(const engine::Wait& wanted, engine::Duration span, std::uint64_t moved,
                             engine::TimePoint now) noexcept;

  // Bytes have moved since the deadline was last asked for.
  bool moved_since(std::uint64_t moved) const noexcept { return moved != moved_; }

  // What is waited for next is something else, whatever it looks like.
  void start_anew() noexcept { waiting_ = false; }

 private:
  bool waiting_ = false;
  engine::Wait wait_;
  engine::Duration span_{};
  std::uint64_t moved_ = 0;
};

}  // namespace cxxproxy::exchange
