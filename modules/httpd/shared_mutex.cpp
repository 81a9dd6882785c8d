#include "httpd/shared_mutex.hpp"

#include <cerrno>
#include <ctime>

namespace cxxproxy::httpd {

void SharedMutex::init() noexcept {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&mutex_, &attributes);
  pthread_mutexattr_destroy(&attributes);
}

void SharedMutex::lock() noexcept {
  if (pthread_mutex_lock(&mutex_) == EOWNERDEAD) pthread_mutex_consistent(&mutex_);
}

bool SharedMutex::try_lock() noexcept {
  const int result = pthread_mutex_trylock(&mutex_);
  if (result == EOWNERDEAD) pthread_mutex_consistent(&mutex_);
  return result == 0 || result == EOWNERDEAD;
}

std::unique_lock<SharedMutex> SharedMutex::hold_briefly() noexcept {
  constexpr int seconds = 2;
  timespec end{};
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += seconds;
  const int result = pthread_mutex_clocklock(&mutex_, CLOCK_MONOTONIC, &end);
  if (result == EOWNERDEAD) pthread_mutex_consistent(&mutex_);
  if (result != 0 && result != EOWNERDEAD) return {};
  return {*this, std::adopt_lock};
}

void SharedMutex::unlock() noexcept { pthread_mutex_unlock(&mutex_); }

}  // namespace cxxproxy::httpd
