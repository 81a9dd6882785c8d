// The last filter before httpd's core writes to the client's socket. While it is engaged nothing that is written waits:
// the core waits when it meets a FLUSH, or when more is held back than FlushMaxThreshold, so the gate takes FLUSHes out
// and passes on only what the core can hold. What is too much for now stays here until flush() gets it out.
#pragma once

#include "httpd/apache.hpp"
#include "httpd/capture/socket_output.hpp"

#include <cstdint>

namespace cxxproxy::httpd {

// One connection's, in its pool; used by whichever thread has the connection.
class OutputGate {
 public:
  explicit OutputGate(conn_rec* c);
  OutputGate(const OutputGate&) = delete;
  OutputGate& operator=(const OutputGate&) = delete;

  // Disengaged, it passes everything on as it comes: whoever writes then may wait. Only when nothing is pending.
  void engage(bool on) noexcept { engaged_ = gathers_ = on; }
  bool engaged() const noexcept { return engaged_; }

  // From now on nothing is gathered, until engage(): another thread goes on, and nobody can say when it stops.
  void hand_over();

  // The filter's function.
  apr_status_t pass(ap_filter_t* self, apr_bucket_brigade* brigade);

  // Writes what the socket takes. An error: the client is gone (and c->aborted is set).
  apr_status_t flush();

  // What this thread has gathered is written, or kept where any thread finds it.
  apr_status_t settle();

  // The client is gone: what is held is for nobody.
  void drop() noexcept;

  // What is passed in pipes (see piped_bucket) leaves at once, and without a copy.
  bool splices() noexcept { return engaged_ && !pending() && direct_.never_waits(); }

  // How often it was tried; when the socket has said that it takes more, a sign that the client reads.
  std::uint64_t flushes() const noexcept { return flushes_; }

  // Something is still here or in the core.
  bool pending() const noexcept { return c_->data_in_output_filters || holds(); }

  // Something is still here, where nobody but us knows of it.
  bool holds() const noexcept { return direct_.holds() || holds_buckets(); }

 private:
  bool holds_buckets() const noexcept { return held_ && !APR_BRIGADE_EMPTY(held_); }
  bool reaches_socket(const ap_filter_t* self) const noexcept;
  apr_status_t pass_to_core(ap_filter_t* self, apr_bucket_brigade* brigade);
  void prepare_to_hold();
  apr_status_t pass_on(apr_bucket_brigade* brigade);
  apr_status_t pass_piece();
  apr_status_t pass_held();
  bool fits(const apr_bucket_brigade* brigade);
  bool take_piece(apr_bucket_brigade* from);
  apr_status_t set_aside(ap_filter_t* self, apr_bucket_brigade* brigade);

  conn_rec* c_;
  SocketOutput direct_;
  ap_filter_t* self_ = nullptr;
  apr_bucket_brigade* piece_ = nullptr;  // on its way to the core
  apr_bucket_brigade* held_ = nullptr;   // what has to wait
  apr_pool_t* held_pool_ = nullptr;      // what holding it takes
  apr_size_t most_;                      // what the core may hold back
  apr_size_t in_core_ = 0;               // passed since the core was empty
  const bool ends_go_alone_;             // an end of a request is passed on only when nothing is before it
  std::uint64_t flushes_ = 0;
  bool engaged_ = false;
  bool gathers_ = false;
};

}  // namespace cxxproxy::httpd
