// The share of a reactor in what mod_status shows: requests and bytes served.
#pragma once

#include "httpd/apache.hpp"

#include <scoreboard.h>

namespace cxxproxy::httpd {

// One reactor's. The scoreboard has ThreadLimit places for each child and the MPM uses ThreadsPerChild of them; a
// reactor counts in one of the others, so that no two threads write to one place. Where none is left it counts in one
// of the MPM's, where a count may now and then get lost.
class Scoreboard {
 public:
  // `number`: of the reactor in its child, from 0.
  explicit Scoreboard(int number) noexcept : number_(number) {}

  // The rest is for the reactor's thread.

  // A connection's handle from now on leads to the reactor's place. Lines of the error log call whoever is behind a
  // connection without a handle "remote" instead of "client".
  void show(ap_sb_handle_t*& handle, conn_rec* c);

  // From now on the connection has none, so that httpd notes nothing about it: that costs, and it would make a reactor
  // look like a busy worker.
  static void hide(conn_rec* c) noexcept { c->sbh = nullptr; }

  // A request has ended. `timed`: how long it took has been counted before.
  void count(const request_rec* r, bool timed);

 private:
  void find_place(const conn_rec* c);

  const int number_;
  int child_ = -1;
  int thread_ = -1;
  worker_score* place_ = nullptr;
  apr_time_t times_read_ = 0;
};

// The same for a worker thread of the MPM that runs an errand for a request that has begun at `since`.
void show_worker(ap_sb_handle_t*& handle, conn_rec* c, apr_time_t since);

// The server goes on with this child's generation, neither stopping nor restarted: a child that ends meanwhile does so
// alone, because it has served its share or the MPM has threads to spare. Where it cannot be told, false.
bool generation_goes_on() noexcept;

// start_engine: what that needs to know.
void find_pid_file(apr_pool_t* pool);

}  // namespace cxxproxy::httpd
