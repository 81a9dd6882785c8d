// What this module keeps for each client connection that it may capture: the filters around it and the bytes they hold.
// Made when the MPM first processes the connection, in its pool; the thread that has the connection has this, too.
#pragma once

#include "httpd/apache.hpp"
#include "httpd/capture/network_input.hpp"
#include "httpd/capture/output_gate.hpp"
#include "httpd/capture/phase_watch.hpp"

#include "wire/chunk_hold.hpp"
#include "wire/input_buffer.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

namespace cxxproxy::httpd {

class Captive;

class ClientConnection {
 public:
  explicit ClientConnection(conn_rec* c);
  ~ClientConnection() { all.fetch_sub(1, std::memory_order_relaxed); }
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  // Of this connection, or null where there is none (no engine, HTTP/2 streams, other MPMs).
  static ClientConnection* of(const conn_rec* c) noexcept;

  // The one of this connection, made with its filters if it is not there yet.
  static ClientConnection& install(conn_rec* c);

  // Connections of this child, wherever they are.
  static int count() noexcept { return all.load(std::memory_order_relaxed); }

  conn_rec* c() const noexcept { return c_; }
  OutputGate& gate() noexcept { return gate_; }
  wire::InputBuffer& input() noexcept { return input_; }

  // A request of this connection was proxied: its next one is worth capturing it for.
  bool worth_capturing = false;

  // Of a request that the MPM's thread runs: from the first phase to the handler.
  std::optional<PhaseWatch> phases;

  // The core has counted how long the request at hand took: it ended on a worker.
  bool timed = false;

  // Whose it is while a reactor, or a worker on a reactor's behalf, has it; else null.
  Captive* captive = nullptr;

  // On a reactor: reads what is there without waiting, at most about `most` bytes. APR_EAGAIN: nothing is there;
  // APR_EOF: the client has ended its side. What it reads from the socket itself may be lent from `scratch`.
  apr_status_t fill(std::span<char> scratch, std::size_t most);

  // Another fill() may bring something although the socket has not said so since the last one.
  bool may_bring_more() const noexcept { return below_used_ || !drained_; }

  // The body of the request at hand is chunked: its last chunk is kept back until its trailers are there, too, because
  // the core would wait for them.
  void hold_last_chunk() noexcept;

  // The request at hand is over.
  void end_request() noexcept {
    chunked_ = false;
    at_end_ = APR_SUCCESS;
  }

  // Nothing below us changes what is read: no TLS.
  bool is_plain();

  // Whoever reads from `filters` reads from the buffer first.
  bool is_first_to_read(const ap_filter_t* filters) const noexcept { return filters == in_; }

  // Unread bytes that nobody will read through the filter: they count as if somebody had.
  void eat(std::size_t count);

  // From now on memory that httpd has no use for goes back to the system: the connection will stay as it is for long,
  // and nobody reads or writes through filters that take large pieces. On a reactor; a few system calls.
  void release_spare_memory() noexcept;

  // What a read on a reactor gives once the buffer is empty: the core is never made to wait there.
  void end_with(apr_status_t status) noexcept { at_end_ = status; }

  // The input filter's function.
  apr_status_t read(ap_filter_t* self, apr_bucket_brigade* out, ap_input_mode_t mode, apr_read_type_e block,
                    apr_off_t most);

 private:
  void serve(apr_bucket_brigade* out, ap_input_mode_t mode, std::size_t most);
  std::size_t servable() noexcept;
  apr_status_t read_below(ap_filter_t* self, apr_bucket_brigade* out, ap_input_mode_t mode, apr_read_type_e block,
                          apr_off_t most);
  apr_status_t fill_from_socket(std::span<char> scratch);
  apr_status_t fill_from_filters(std::size_t most, apr_read_type_e block = APR_NONBLOCK_READ);
  void tell_logio(apr_off_t bytes);

  static inline std::atomic<int> all{0};

  conn_rec* c_;
  OutputGate gate_;
  wire::InputBuffer input_;
  ap_filter_t* in_ = nullptr;
  apr_bucket_brigade* scratch_brigade_ = nullptr;
  int fd_ = -1;
  NetworkInput network_;
  bool chunked_ = false;
  wire::ChunkHold hold_;
  std::optional<bool> plain_;  // nothing below us changes what is read
  bool drained_ = true;        // the last read brought less than was asked for
  bool below_used_ = true;     // filters below us may hold bytes that the socket no longer has
  apr_status_t at_end_ = APR_SUCCESS;
};

// register_hooks: the two filters.
void register_connection_filters() noexcept;

}  // namespace cxxproxy::httpd
