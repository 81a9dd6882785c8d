// Finds out where other modules' hooks are slow (a lookup in a directory, a script that sleeps), so that a reactor
// leaves such requests to worker threads.
//
// Each site and first part of a path has a record: a bucket that fills with the time by which phases before the handler
// are late, if they slept or computed meanwhile (a thread that only had no core did neither), and leaks with each
// request that is quick. Full, it makes the path slow for a minute: one long sleep does, or many short ones. A path of
// which nothing is known is tried where it is, unless its site has slow ones.
#pragma once

#include "httpd/apache.hpp"

#include <cstdint>
#include <optional>

namespace cxxproxy::httpd {

// One request's. Any thread; the table behind it is shared by the child's threads, with atomics.
class PhaseWatch {
 public:
  explicit PhaseWatch(const request_rec* r) noexcept;

  // Whether its phases may run on a reactor.
  bool quick() const noexcept;

  // Around the phases, on one thread. Looking closely costs system calls, so it is done where there is a doubt; with
  // `curious` also where nothing is known. On a reactor many requests share one look ahead.
  void begin(bool curious) noexcept;
  void end() noexcept;

 private:
  struct Usage {
    long sleeps;
    std::int64_t cpu_us;
  };
  struct Look {
    Usage usage;
    std::int64_t at_us;
  };
  static Usage usage() noexcept;
  static Look look_ahead(std::int64_t now) noexcept;

  std::uint64_t site_;
  std::uint64_t key_;
  std::int64_t began_us_ = 0;
  std::optional<Look> before_;
};

}  // namespace cxxproxy::httpd
