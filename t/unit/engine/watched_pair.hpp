// Sockets for a reactor to watch, and a way to go through its rounds one by one.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/counted_calls.hpp"
#include "engine/reactor.hpp"

namespace cxxproxy::engine::test {

inline constexpr Interest read_wish{-1, true, false};
inline constexpr Interest write_wish{-1, false, true};
inline constexpr Interest both_wishes{-1, true, true};

// Closes what it holds.
class Descriptor {
 public:
  explicit Descriptor(int fd);
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { close(); }

  Descriptor copy() const;
  int get() const { return fd_; }
  void close();

 private:
  int fd_;
};

using Ends = std::array<int, 2>;

Ends two_ends();

// Two connected sockets: `near` is watched, the test plays the peer with `far`.
struct Pair {
  explicit Pair(Ends ends = two_ends()) : near(ends[0]), far(ends[1]) {}

  void say(std::string_view text) const;
  std::string hear() const;
  void fill_up() const;

  Descriptor near;
  Descriptor far;
};

// A reactor, and a listener that hears of a pair.
struct WatchedPair {
  Reactor reactor;
  Pair pair;
  Listener listener;
  Watch watch = reactor.watch(pair.near.get(), &listener);
};

using Steps = std::vector<std::function<void()>>;

// Runs the loop with one step at the end of each round, and ends it after the last: what a step causes is seen by the
// next.
void play(Reactor& reactor, const Steps& steps);

}  // namespace cxxproxy::engine::test
