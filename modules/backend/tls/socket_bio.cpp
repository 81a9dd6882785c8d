#include "backend/tls/socket_bio.hpp"

#include <openssl/bio.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>

namespace cxxproxy::backend {
namespace {

// More than a record, and the short words that may come behind it.
constexpr std::size_t most_unsent = 32 * 1024;

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

ssize_t send_some(const SocketState& state, const char* from, std::size_t size) noexcept {
  ssize_t put;
  do {
    put = ::send(state.fd, from, size, MSG_NOSIGNAL);
  } while (put < 0 && errno == EINTR);
  return put;
}

// False: no room, or no memory.
bool keep(SocketState& state, const char* from, std::size_t size) noexcept {
  if (!state.keeps_unsent || state.unsent.size() >= most_unsent) return false;
  try {
    state.unsent.append(from, size);
  } catch (const std::exception&) {
    return false;
  }
  return true;
}

int write_socket(BIO* bio, const char* from, int size) noexcept {
  SocketState& state = state_of(bio);
  BIO_clear_retry_flags(bio);
  const auto all = static_cast<std::size_t>(size);
  ssize_t put = 0;
  if (send_unsent(state)) {
    put = send_some(state, from, all);
    if (put < 0 && !is_for_later(state)) return -1;
  } else if (state.error != 0) {
    return -1;
  }
  const auto sent = static_cast<std::size_t>(std::max<ssize_t>(put, 0));
  if (sent == all || keep(state, from + sent, all - sent)) return size;
  if (sent == 0) BIO_set_retry_write(bio);
  return sent == 0 ? -1 : static_cast<int>(sent);
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

bool send_unsent(SocketState& state) noexcept {
  if (state.unsent.empty()) return true;
  const ssize_t put = send_some(state, state.unsent.data(), state.unsent.size());
  if (put < 0) {
    is_for_later(state);
    return false;
  }
  state.unsent.erase(0, static_cast<std::size_t>(put));
  if (!state.unsent.empty()) return false;
  std::string().swap(state.unsent);  // with its memory
  return true;
}

Bio make_socket_bio(SocketState& state) {
  Bio bio(method() ? BIO_new(method()) : nullptr);
  if (bio) BIO_set_data(bio.get(), &state);
  return bio;
}

}  // namespace cxxproxy::backend
