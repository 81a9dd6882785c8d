#include "backend/tls_socket_bio.hpp"

#include <openssl/bio.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace cxxproxy::backend {
namespace {

SocketState& state_of(BIO* bio) noexcept { return *static_cast<SocketState*>(BIO_get_data(bio)); }

// True: later. Else what failed is remembered.
bool is_for_later(SocketState& state) noexcept {
  if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
  state.error = errno;
  return false;
}

int read_socket(BIO* bio, char* to, int most) noexcept {
  SocketState& state = state_of(bio);
  BIO_clear_retry_flags(bio);
  if (state.allowance == 0) {
    state.error = EPROTO;
    return -1;
  }
  ssize_t got;
  do {
    got = ::recv(state.fd, to, static_cast<std::size_t>(most), 0);
  } while (got < 0 && errno == EINTR);
  if (got > 0) state.allowance -= std::min(state.allowance, static_cast<std::size_t>(got));
  state.drained = got < most;
  state.ended |= got == 0;
  if (got < 0 && is_for_later(state)) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

int write_socket(BIO* bio, const char* from, int size) noexcept {
  SocketState& state = state_of(bio);
  BIO_clear_retry_flags(bio);
  ssize_t put;
  do {
    put = ::send(state.fd, from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  } while (put < 0 && errno == EINTR);
  if (put < 0 && is_for_later(state)) BIO_set_retry_write(bio);
  return static_cast<int>(put);
}

long control(BIO* bio, int command, long, void*) noexcept {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return state_of(bio).ended ? 1 : 0;
    default:
      return 0;
  }
}

int create(BIO* bio) noexcept {
  BIO_set_init(bio, 1);
  return 1;
}

// One for the process, never freed: connections may live until its very end.
const BIO_METHOD* method() noexcept {
  static const BIO_METHOD* const made = [] {
    BIO_METHOD* fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket of a backend");
    if (!fresh) return fresh;
    BIO_meth_set_read(fresh, read_socket);
    BIO_meth_set_write(fresh, write_socket);
    BIO_meth_set_ctrl(fresh, control);
    BIO_meth_set_create(fresh, create);
    return fresh;
  }();
  return made;
}

}  // namespace

Bio make_socket_bio(SocketState& state) {
  Bio bio(method() ? BIO_new(method()) : nullptr);
  if (bio) BIO_set_data(bio.get(), &state);
  return bio;
}

}  // namespace cxxproxy::backend
