#include "backend/socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>

namespace cxxproxy::backend {
namespace {

// Options are wishes: a kernel that refuses one still gives a working connection.
void set_option(const FileDescriptor& fd, int level, int name, int value) {
  static_cast<void>(::setsockopt(fd.get(), level, name, &value, sizeof value));
}

void apply(const SocketOptions& options, const FileDescriptor& fd, bool tcp) {
  if (options.receive_buffer > 0) set_option(fd, SOL_SOCKET, SO_RCVBUF, options.receive_buffer);
  if (!tcp) return;
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (options.keepalive) set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

int bind_source(const FileDescriptor& fd, const Endpoint& source) {
#ifdef IP_BIND_ADDRESS_NO_PORT
  // Else bind() takes a port of its own for every connection, and there are only so many.
  if (source.port() == 0) set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
#endif
  return ::bind(fd.get(), source.data(), source.length()) == 0 ? 0 : errno;
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void FileDescriptor::reset() noexcept {
  // Never again after EINTR: Linux has closed it, and the number may be somebody else's by now.
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<StartedConnect> start_connect(const Endpoint& target, const SocketOptions& options) {
  StartedConnect started;
  started.fd = FileDescriptor(::socket(target.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!started.fd) return Error{Fault::Socket, errno};
  const bool tcp = target.family() != AF_UNIX;
  apply(options, started.fd, tcp);
  if (tcp && options.source && options.source->family() == target.family()) {
    started.source_error = bind_source(started.fd, *options.source);
  }
  if (::connect(started.fd.get(), target.data(), target.length()) == 0) return started;
  // An interrupted connect goes on by itself, as one in progress does.
  if (errno != EINPROGRESS && errno != EINTR) return Error{Fault::Connect, errno};
  started.in_progress = true;
  return started;
}

int connect_error(const FileDescriptor& fd) noexcept {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

}  // namespace cxxproxy::backend
