#include "httpd/capture/client_connection.hpp"

#include "engine/reactor.hpp"
#include "httpd/pool.hpp"

#include <apr_optional.h>
#include <apr_portable.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

APR_DECLARE_OPTIONAL_FN(void, ap_logio_add_bytes_in, (conn_rec * c, apr_off_t bytes));

namespace cxxproxy::httpd {
namespace {

ap_filter_rec_t* input_filter = nullptr;
ap_filter_rec_t* output_filter = nullptr;
ap_filter_rec_t* network_filter = nullptr;

// Of a chunked body, at once.
constexpr std::size_t read_ahead = 16384;

// Filters that leave what they read as it is; where only these are below us, the socket may be read past them.
constexpr std::array<std::string_view, 4> transparent{"core_in", "reqtimeout", "log_input_output", "cxxproxy_net"};

apr_status_t filter_input(ap_filter_t* f, apr_bucket_brigade* bb, ap_input_mode_t mode, apr_read_type_e block,
                          apr_off_t most) noexcept {
  return static_cast<ClientConnection*>(f->ctx)->read(f, bb, mode, block, most);
}

apr_status_t filter_output(ap_filter_t* f, apr_bucket_brigade* bb) noexcept {
  return static_cast<OutputGate*>(f->ctx)->pass(f, bb);
}

apr_status_t filter_network(ap_filter_t* f, apr_bucket_brigade* bb, ap_input_mode_t mode, apr_read_type_e block,
                            apr_off_t most) noexcept {
  return static_cast<NetworkInput*>(f->ctx)->read(f, bb, mode, block, most);
}

int descriptor_of(conn_rec* c) {
  apr_os_sock_t fd = -1;
  return apr_os_sock_get(&fd, ap_get_conn_socket(c)) == APR_SUCCESS ? fd : -1;
}

std::size_t line_length(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  return end == std::string_view::npos ? bytes.size() : end + 1;
}

// Line ends at the front.
std::size_t blank_length(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (bytes[at] == '\n') {
      ++at;
    } else if (bytes.substr(at, 2) == "\r\n") {
      at += 2;
    } else {
      break;
    }
  }
  return at;
}

}  // namespace

ClientConnection::ClientConnection(conn_rec* c) : c_(c), gate_(c), fd_(descriptor_of(c)), network_(c, fd_) {
  all.fetch_add(1, std::memory_order_relaxed);
}

ClientConnection* ClientConnection::of(const conn_rec* c) noexcept {
  if (c->master) return nullptr;
  return static_cast<ClientConnection*>(ap_get_module_config(c->conn_config, &cxxproxy_module));
}

ClientConnection& ClientConnection::install(conn_rec* c) {
  if (ClientConnection* known = of(c)) return *known;
  ClientConnection& made = make_in<ClientConnection>(c->pool, c);
  ap_set_module_config(c->conn_config, &cxxproxy_module, &made);
  made.in_ = ap_add_input_filter_handle(input_filter, &made, nullptr, c);
  ap_add_input_filter_handle(network_filter, &made.network_, nullptr, c);
  ap_add_output_filter_handle(output_filter, &made.gate_, nullptr, c);
  return made;
}

bool ClientConnection::is_plain() {
  if (!plain_) {
    plain_ = true;
    for (const ap_filter_t* f = in_->next; f; f = f->next) {
      const bool known = std::find(transparent.begin(), transparent.end(), f->frec->name) != transparent.end();
      if (!known) plain_ = false;
    }
  }
  return *plain_;
}

// Bytes count for the request that takes them, not for the one during which they came. Of a TLS record nobody can tell
// to whom it belongs.
void ClientConnection::tell_logio(apr_off_t bytes) {
  static const auto add_bytes_in = APR_RETRIEVE_OPTIONAL_FN(ap_logio_add_bytes_in);
  if (add_bytes_in && is_plain()) add_bytes_in(c_, bytes);
}

// mod_reqtimeout's clock is still that of the last request's body: what it says about a head HeadWait sees to.
class WithoutReqtimeout {
 public:
  explicit WithoutReqtimeout(ap_filter_t* f) {
    while (f->next && std::string_view(f->next->frec->name) != "reqtimeout") f = f->next;
    if (!f->next) return;
    before_ = f;
    skipped_ = f->next;
    before_->next = skipped_->next;
  }
  WithoutReqtimeout(const WithoutReqtimeout&) = delete;
  WithoutReqtimeout& operator=(const WithoutReqtimeout&) = delete;
  ~WithoutReqtimeout() {
    if (before_) before_->next = skipped_;
  }

 private:
  ap_filter_t* before_ = nullptr;
  ap_filter_t* skipped_ = nullptr;
};

apr_status_t ClientConnection::fill(std::span<char> scratch, std::size_t most) {
  if (is_plain() && !below_used_) return fill_from_socket(scratch);
  const WithoutReqtimeout skip(in_);
  const NetworkInput::Turn turn(network_, is_plain() ? std::span<char>() : scratch);
  return fill_from_filters(most);
}

apr_status_t ClientConnection::fill_from_socket(std::span<char> scratch) {
  for (;;) {
    const ssize_t got = ::recv(fd_, scratch.data(), scratch.size(), 0);
    drained_ = got < static_cast<ssize_t>(scratch.size());
    if (got > 0) {
      input_.lend({scratch.data(), static_cast<std::size_t>(got)});
      return APR_SUCCESS;
    }
    if (got == 0) return APR_EOF;
    if (errno != EINTR) return errno == EWOULDBLOCK ? APR_EAGAIN : errno;
  }
}

apr_status_t ClientConnection::fill_from_filters(std::size_t most, apr_read_type_e block) {
  if (!scratch_brigade_) scratch_brigade_ = apr_brigade_create(c_->pool, c_->bucket_alloc);
  const std::size_t before = input_.size();
  while (input_.size() < before + most) {
    const apr_status_t status = ap_get_brigade(in_->next, scratch_brigade_, AP_MODE_READBYTES, block, 16384);
    block = APR_NONBLOCK_READ;
    if (status == APR_SUCCESS && !APR_BRIGADE_EMPTY(scratch_brigade_)) {
      for (apr_bucket* b = APR_BRIGADE_FIRST(scratch_brigade_); b != APR_BRIGADE_SENTINEL(scratch_brigade_);
           b = APR_BUCKET_NEXT(b)) {
        if (APR_BUCKET_IS_EOS(b)) {
          apr_brigade_cleanup(scratch_brigade_);
          return input_.size() > before ? APR_SUCCESS : APR_EOF;
        }
        const char* data = nullptr;
        apr_size_t length = 0;
        if (apr_bucket_read(b, &data, &length, APR_BLOCK_READ) != APR_SUCCESS) continue;
        input_.append({data, length});
        tell_logio(-static_cast<apr_off_t>(length));  // its own filter has counted them
      }
      apr_brigade_cleanup(scratch_brigade_);
      continue;
    }
    apr_brigade_cleanup(scratch_brigade_);
    if (status != APR_SUCCESS && !APR_STATUS_IS_EAGAIN(status)) return input_.size() > before ? APR_SUCCESS : status;
    drained_ = true;
    below_used_ = false;  // the socket said that it has no more, so nobody below us holds anything
    return input_.size() > before ? APR_SUCCESS : APR_EAGAIN;
  }
  drained_ = false;
  return APR_SUCCESS;
}

void ClientConnection::hold_last_chunk() noexcept {
  chunked_ = true;
  hold_.start();
}

// What of the unread bytes may be given out.
std::size_t ClientConnection::servable() noexcept {
  if (!chunked_) return input_.size();
  const std::size_t ready = hold_.ready(input_.unread());
  if (hold_.over()) chunked_ = false;
  return ready;
}

void ClientConnection::eat(std::size_t count) {
  input_.eat(count);
  tell_logio(static_cast<apr_off_t>(count));
}

// What is free already goes only when it comes back. Two large buckets have come and gone on the way to a tunnel.
void ClientConnection::release_spare_memory() noexcept {
  constexpr int blocks = 3;
  constexpr apr_size_t block_size = 8000;
  apr_allocator_t* const allocator = apr_pool_allocator_get(c_->pool);
  apr_allocator_max_free_set(allocator, 1);
  apr_memnode_t* taken = nullptr;
  for (int count = 0; count < blocks; ++count) {
    apr_memnode_t* const block = apr_allocator_alloc(allocator, block_size);
    if (!block) break;
    block->next = taken;
    taken = block;
  }
  if (taken) apr_allocator_free(allocator, taken);
}

void ClientConnection::serve(apr_bucket_brigade* out, ap_input_mode_t mode, std::size_t most) {
  const std::string_view unread = input_.unread().substr(0, most);
  std::size_t count = mode == AP_MODE_GETLINE ? line_length(unread) : unread.size();
  // The core judges a line that is too long when it sees more of it.
  if (mode == AP_MODE_GETLINE && count > 1 && unread[count - 1] != '\n') --count;
  APR_BRIGADE_INSERT_TAIL(out, apr_bucket_transient_create(unread.data(), count, out->bucket_alloc));
  if (mode == AP_MODE_SPECULATIVE) return;
  eat(count);
  if (chunked_) hold_.given(count);
}

apr_status_t ClientConnection::read(ap_filter_t* self, apr_bucket_brigade* out, ap_input_mode_t mode,
                                    apr_read_type_e block, apr_off_t most) {
  if (mode == AP_MODE_INIT) return ap_get_brigade(self->next, out, mode, block, most);
  if (mode == AP_MODE_EATCRLF) eat(blank_length(input_.unread()));
  std::size_t ready = servable();
  // A chunked body is read here first, so that its framing is seen.
  while (ready == 0 && chunked_ && (mode == AP_MODE_READBYTES || mode == AP_MODE_GETLINE)) {
    const bool may_wait = block == APR_BLOCK_READ && !engine::Reactor::current();
    const apr_status_t status = fill_from_filters(read_ahead, may_wait ? APR_BLOCK_READ : APR_NONBLOCK_READ);
    if (status != APR_SUCCESS) return status;
    ready = servable();
    if (ready == 0 && !may_wait && drained_) return APR_EAGAIN;
  }
  if (ready == 0) return read_below(self, out, mode, block, most);
  if (mode == AP_MODE_EATCRLF) return APR_SUCCESS;
  const bool counted = mode == AP_MODE_READBYTES || mode == AP_MODE_SPECULATIVE;
  serve(out, mode, counted ? std::min(ready, static_cast<std::size_t>(std::max<apr_off_t>(most, 0))) : ready);
  return mode == AP_MODE_EXHAUSTIVE ? read_below(self, out, mode, block, most) : APR_SUCCESS;
}

apr_status_t ClientConnection::read_below(ap_filter_t* self, apr_bucket_brigade* out, ap_input_mode_t mode,
                                          apr_read_type_e block, apr_off_t most) {
  // A captured connection's socket is looked at when it says that it is readable, never to learn that it is not.
  if (captive && mode == AP_MODE_SPECULATIVE) return APR_EAGAIN;
  if (engine::Reactor::current() && block == APR_BLOCK_READ) {
    if (at_end_ != APR_SUCCESS) return at_end_;
    if (mode == AP_MODE_GETLINE) return APR_EAGAIN;
    block = APR_NONBLOCK_READ;
  }
  below_used_ = true;
  return ap_get_brigade(self->next, out, mode, block, most);
}

void register_connection_filters() noexcept {
  network_filter = ap_register_input_filter("CXXPROXY_NET", filter_network, nullptr,
                                            static_cast<ap_filter_type>(AP_FTYPE_NETWORK - 1));
  input_filter = ap_register_input_filter("CXXPROXY_IN", filter_input, nullptr, AP_FTYPE_CONNECTION);
  output_filter = ap_register_output_filter("CXXPROXY_OUT", filter_output, nullptr,
                                            static_cast<ap_filter_type>(AP_FTYPE_NETWORK - 1));
}

}  // namespace cxxproxy::httpd
