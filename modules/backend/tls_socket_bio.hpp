// The way of OpenSSL to a socket: like its own, but without SIGPIPE, and it remembers what the kernel said.
#pragma once

#include "backend/openssl.hpp"

namespace cxxproxy::backend {

// What the last reads and writes met. Outlives the BIO.
struct SocketState {
  int fd = -1;
  bool drained = false;  // the last read took all there was
  bool ended = false;    // the peer has closed its side
  int error = 0;         // errno of the last one that failed for good
};

// Null without memory. It does not close the descriptor.
Bio make_socket_bio(SocketState& state);

}  // namespace cxxproxy::backend
