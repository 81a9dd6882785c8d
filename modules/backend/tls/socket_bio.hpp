// The way of OpenSSL to a socket: like its own, but without SIGPIPE, and it remembers what the kernel said.
#pragma once

#include "backend/tls/openssl.hpp"

#include <cstddef>
#include <limits>
#include <string>

namespace cxxproxy::backend {

// What the last reads and writes met. Outlives the BIO.
struct SocketState {
  int fd = -1;
  bool drained = false;  // the last read took all there was
  bool ended = false;    // the peer has closed its side
  int error = 0;         // errno of the last one that failed for good

  // Bytes that may be read yet; then reads fail with EPROTO.
  std::size_t allowance = std::numeric_limits<std::size_t>::max();

  // What the socket would not take waits here, instead of in OpenSSL: that cannot answer a backend's wish for a new key
  // while a record of its own is half out.
  bool keeps_unsent = false;
  std::string unsent{};
};

// Sends what waits. True: nothing does any more; else the socket takes no more now, or `error` says why never.
bool send_unsent(SocketState& state) noexcept;

// Null without memory. It does not close the descriptor.
Bio make_socket_bio(SocketState& state);

}  // namespace cxxproxy::backend
