// The way of OpenSSL to a socket: like its own, but without SIGPIPE, and it remembers what the kernel said.
#pragma once

#include "backend/openssl.hpp"

#include <cstddef>
#include <limits>

namespace cxxproxy::backend {

// What the last reads and writes met. Outlives the BIO.
struct SocketState {
  int fd = -1;
  bool drained = false;  // the last read took all there was
  bool ended = false;    // the peer has closed its side
  int error = 0;         // errno of the last one that failed for good

  // Bytes that may be read yet; then reads fail with EPROTO.
  std::size_t allowance = std::numeric_limits<std::size_t>::max();
};

// Null without memory. It does not close the descriptor.
Bio make_socket_bio(SocketState& state);

}  // namespace cxxproxy::backend
