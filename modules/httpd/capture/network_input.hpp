// The input filter right above httpd's core: what mod_ssl reads its records from.
//
// On a reactor nobody may wait there, and nobody should ask twice: mod_ssl asks until the socket says that it has no
// more, once for each request. So on a reactor the socket is read here, as much as there is, and a read that brought
// less than it could is an answer to the next question, too.
#pragma once

#include "httpd/apache.hpp"

#include "wire/input_buffer.hpp"

#include <optional>
#include <span>

namespace cxxproxy::httpd {

// One connection's, in its pool; used by whichever thread has the connection.
class NetworkInput {
 public:
  NetworkInput(conn_rec* c, int fd) noexcept : c_(c), fd_(fd) {}
  NetworkInput(const NetworkInput&) = delete;
  NetworkInput& operator=(const NetworkInput&) = delete;

  // While the socket, having said that it is readable, is read through the filters above: a buffer to read into. What
  // is left in it at the end is kept.
  class Turn {
   public:
    Turn(NetworkInput& input, std::span<char> scratch) noexcept : input_(input) {
      input_.scratch_ = scratch;
      input_.drained_ = false;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      input_.scratch_ = {};
      input_.bytes_.keep();
    }

   private:
    NetworkInput& input_;
  };

  // The filter's function.
  apr_status_t read(ap_filter_t* self, apr_bucket_brigade* out, ap_input_mode_t mode, apr_read_type_e block,
                    apr_off_t most);

 private:
  bool reads_itself(const ap_filter_t* self, ap_input_mode_t mode);
  void serve(apr_bucket_brigade* out, ap_input_mode_t mode, apr_off_t most);
  apr_status_t read_core(ap_filter_t* self, apr_bucket_brigade* out, ap_input_mode_t mode, apr_read_type_e block,
                         apr_off_t most);

  conn_rec* c_;
  int fd_;
  std::span<char> scratch_;
  wire::InputBuffer bytes_;       // read from the socket, not yet given out
  bool drained_ = false;          // in this turn a read brought less than it could
  bool core_is_empty_ = false;    // the core has said that it holds nothing, and was not asked on another thread since
  std::optional<bool> is_alone_;  // nobody between here and the core reads, too
  bool counts_ = false;           // but mod_logio's filter, which counts
};

}  // namespace cxxproxy::httpd
