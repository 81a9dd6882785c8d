// Threads that no signal comes to.
#pragma once

#include <csignal>

namespace cxxproxy::httpd {

// A thread made while it exists blocks all signals: the MPM's handlers end the process from whatever thread they are
// run on.
class NoSignals {
 public:
  NoSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;
  ~NoSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace cxxproxy::httpd
