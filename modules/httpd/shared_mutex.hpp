// A lock that processes share, and that outlives whoever dies with it.
#pragma once

#include <pthread.h>

#include <mutex>

namespace cxxproxy::httpd {

// Lies in shared memory; works with std::unique_lock. When its holder was killed the next one gets it all the same, and
// finds what the other left half done.
class SharedMutex {
 public:
  // In the one process that has just made the memory.
  void init() noexcept;

  void lock() noexcept;
  bool try_lock() noexcept;

  // Waits for it, but not for ever: its holder may have been stopped. Owns nothing then.
  std::unique_lock<SharedMutex> hold_briefly() noexcept;
  void unlock() noexcept;

 private:
  pthread_mutex_t mutex_;
};

}  // namespace cxxproxy::httpd
