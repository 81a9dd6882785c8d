#include "httpd/scoreboard.hpp"

#include <apr_optional.h>
#include <http_config.h>
#include <mpm_common.h>
#include <pthread.h>
#include <sys/times.h>
#include <unistd.h>

APR_DECLARE_OPTIONAL_FN(apr_off_t, ap_logio_get_last_bytes, (conn_rec * c));

namespace cxxproxy::httpd {
namespace {

apr_off_t bytes_of(const request_rec* r) {
  static const auto last_bytes = APR_RETRIEVE_OPTIONAL_FN(ap_logio_get_last_bytes);
  if (last_bytes) return last_bytes(r->connection);
  return r->header_only ? 0 : r->bytes_sent;
}

struct Size {
  int limit = 1;  // places for each child
  int used = 1;   // of them by the MPM
};

Size size_of_scoreboard() {
  static const Size size = [] {
    Size found;
    ap_mpm_query(AP_MPMQ_HARD_LIMIT_THREADS, &found.limit);
    ap_mpm_query(AP_MPMQ_MAX_THREADS, &found.used);
    return found;
  }();
  return size;
}

// The MPM makes a connection's number of the child's and the thread's.
int child_of(const conn_rec* c, const Size& size) { return static_cast<int>(c->id / size.limit); }

void show_at(ap_sb_handle_t*& handle, conn_rec* c, int child, int thread) {
  if (handle) {
    ap_update_sb_handle(handle, child, thread);
  } else {
    ap_create_sb_handle(&handle, c->pool, child, thread);
  }
  c->sbh = handle;
}

}  // namespace

void Scoreboard::find_place(const conn_rec* c) {
  const Size size = size_of_scoreboard();
  const int spare = size.used + number_;
  child_ = child_of(c, size);
  thread_ = spare < size.limit ? spare : number_ % size.used;
  place_ = ap_get_scoreboard_worker_from_indexes(child_, thread_);
}

void Scoreboard::show(ap_sb_handle_t*& handle, conn_rec* c) {
  if (!place_) find_place(c);
  show_at(handle, c, child_, thread_);
}

void Scoreboard::count(const request_rec* r, bool timed) {
  if (!place_) find_place(r->connection);
  if (!place_ || !ap_extended_status) return;
  const apr_time_t now = apr_time_now();
  const apr_off_t bytes = bytes_of(r);
  ++place_->access_count;
  ++place_->my_access_count;
  place_->bytes_served += bytes;
  place_->my_bytes_served += bytes;
  if (!timed) place_->duration += now - r->request_time;
  place_->last_used = now;
  if (now - times_read_ < APR_USEC_PER_SEC) return;
  times_read_ = now;
  times(&place_->times);
}

void show_worker(ap_sb_handle_t*& handle, conn_rec* c, apr_time_t since) {
  static thread_local int own_place = -1;
  const Size size = size_of_scoreboard();
  const int child = child_of(c, size);
  for (int i = 0; own_place < 0 && i < size.used; ++i) {
    const worker_score* place = ap_get_scoreboard_worker_from_indexes(child, i);
    if (place && pthread_equal(place->tid, pthread_self())) own_place = i;
  }
  if (own_place < 0) return;
  show_at(handle, c, child, own_place);
  if (!ap_extended_status) return;
  // At the end of the request the core counts from here on.
  ap_time_process_request(handle, START_PREQUEST);
  ap_get_scoreboard_worker_from_indexes(child, own_place)->start_time = since;
}

namespace {

// The PidFile, which the server removes once it has told its children to stop.
const char* pid_file = nullptr;

bool another_serves(ap_generation_t generation) {
  int children = 0;
  ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &children);
  for (int i = 0; i < children; ++i) {
    const process_score* child = ap_get_scoreboard_process(i);
    const bool other = child && child->pid != 0 && child->pid != getpid();
    if (other && child->generation == generation && child->quiescing == 0) return true;
  }
  return false;
}

}  // namespace

void find_pid_file(apr_pool_t* pool) { pid_file = ap_server_root_relative(pool, ap_pid_fname); }

bool generation_goes_on() noexcept {
  ap_generation_t own = 0;
  if (ap_mpm_query(AP_MPMQ_GENERATION, &own) != APR_SUCCESS) return false;
  // A restart counts the generation up before it tells the children.
  if (ap_get_scoreboard_global()->running_generation != own) return false;
  return another_serves(own) || (pid_file && access(pid_file, F_OK) == 0);
}

}  // namespace cxxproxy::httpd
