#include "httpd/capture/network_input.hpp"

#include "engine/reactor.hpp"

#include <apr_optional.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

APR_DECLARE_OPTIONAL_FN(void, ap_logio_add_bytes_in, (conn_rec * c, apr_off_t bytes));

namespace cxxproxy::httpd {
namespace {

ssize_t receive(int fd, std::span<char> into) {
  for (;;) {
    const ssize_t got = ::recv(fd, into.data(), into.size(), MSG_DONTWAIT);
    if (got >= 0 || errno != EINTR) return got;
  }
}

void count_in(conn_rec* c, apr_off_t bytes) {
  static const auto add = APR_RETRIEVE_OPTIONAL_FN(ap_logio_add_bytes_in);
  if (add) add(c, bytes);
}

}  // namespace

bool NetworkInput::reads_itself(const ap_filter_t* self, ap_input_mode_t mode) {
  if (scratch_.empty() || !core_is_empty_ || mode != AP_MODE_READBYTES) return false;
  if (!is_alone_) {
    const ap_filter_t* below = self->next;
    counts_ = below && std::string_view(below->frec->name) == "log_input_output";
    if (counts_) below = below->next;
    is_alone_ = below && std::string_view(below->frec->name) == "core_in";
  }
  return *is_alone_;
}

// Whoever asks copies what it gets before it does anything else.
void NetworkInput::serve(apr_bucket_brigade* out, ap_input_mode_t mode, apr_off_t most) {
  const auto wanted = static_cast<std::size_t>(std::max<apr_off_t>(most, 1));
  const std::string_view bytes = bytes_.unread().substr(0, wanted);
  APR_BRIGADE_INSERT_TAIL(out, apr_bucket_heap_create(bytes.data(), bytes.size(), nullptr, out->bucket_alloc));
  if (mode != AP_MODE_SPECULATIVE) bytes_.eat(bytes.size());
}

// Whoever asks the core on a reactor to wait (a repeated TLS handshake, a TLS close) is told that nothing is there.
apr_status_t NetworkInput::read_core(ap_filter_t* self, apr_bucket_brigade* out, ap_input_mode_t mode,
                                     apr_read_type_e block, apr_off_t most) {
  const bool here = engine::Reactor::current() != nullptr;
  const bool may_wait = block == APR_NONBLOCK_READ || !here;
  const apr_status_t status = ap_get_brigade(self->next, out, mode, may_wait ? block : APR_NONBLOCK_READ, most);
  const bool nothing = APR_STATUS_IS_EAGAIN(status) || (status == APR_SUCCESS && APR_BRIGADE_EMPTY(out));
  core_is_empty_ = here && nothing && mode == AP_MODE_READBYTES;
  return !may_wait && nothing ? APR_EAGAIN : status;
}

apr_status_t NetworkInput::read(ap_filter_t* self, apr_bucket_brigade* out, ap_input_mode_t mode, apr_read_type_e block,
                                apr_off_t most) {
  if (mode == AP_MODE_INIT) return ap_get_brigade(self->next, out, mode, block, most);
  if (bytes_.empty() && reads_itself(self, mode)) {
    if (drained_) return APR_EAGAIN;
    const ssize_t got = receive(fd_, scratch_);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return APR_EAGAIN;
    if (got > 0) {
      drained_ = static_cast<std::size_t>(got) < scratch_.size();
      bytes_.lend({scratch_.data(), static_cast<std::size_t>(got)});
      if (counts_) count_in(c_, got);
    }
    // The end, or an error, is the core's to tell.
  }
  if (bytes_.empty()) return read_core(self, out, mode, block, most);
  serve(out, mode, most);
  return APR_SUCCESS;
}

}  // namespace cxxproxy::httpd
