// Sockets: owning one, and starting to connect one.
#pragma once

#include <optional>
#include <utility>

#include "backend/address.hpp"
#include "backend/result.hpp"

namespace cxxproxy::backend {

// Owns one descriptor and closes it. Move-only; one thread at a time.
class FileDescriptor {
 public:
  FileDescriptor() noexcept = default;
  explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { reset(); }

  int get() const noexcept { return fd_; }  // lent, not given
  explicit operator bool() const noexcept { return fd_ >= 0; }
  void reset() noexcept;

 private:
  int fd_ = -1;
};

struct SocketOptions {
  int receive_buffer = 0;          // SO_RCVBUF in bytes, set before connecting so that the window follows; 0: system's
  bool keepalive = false;          // SO_KEEPALIVE; TCP only
  std::optional<Endpoint> source;  // connect from this address; without effect on a target of another family
};

struct StartedConnect {
  FileDescriptor fd;
  bool in_progress = false;  // true: wait until writable, then ask connect_error(); false: connected
  int source_error = 0;      // errno when `source` could not be bound: the system chose the local address instead
};

// Starts to connect and never waits. The socket is non-blocking, close-on-exec and, for TCP, without Nagle's delay.
// Errors: Socket, Connect. A unix socket whose backlog is full fails with EAGAIN: the kernel offers no waiting for it.
Result<StartedConnect> start_connect(const Endpoint& target, const SocketOptions& options);

// How the connect ended: 0 or an errno. Valid once, when the socket has become writable: asking clears it.
int connect_error(const FileDescriptor& fd) noexcept;

}  // namespace cxxproxy::backend
