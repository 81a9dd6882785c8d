// Writes to a client's socket what httpd's core would: without its passes, its brigades and its second thoughts.
//
// An answer comes down in two brigades, its head and its body. The small ones are gathered in a buffer of the thread
// until something has to leave; so a small answer is one system call and one copy, and a large one a few calls and no
// copy. What the socket does not take is the caller's to keep.
#pragma once

#include "httpd/apache.hpp"

#include <sys/uio.h>

#include <array>
#include <cstddef>

namespace cxxproxy::httpd {

// One connection's; used by whichever thread has the connection. Nothing may stay gathered when that thread turns to
// something else: see flush().
class SocketOutput {
 public:
  explicit SocketOutput(conn_rec* c) noexcept : c_(c) {}
  SocketOutput(const SocketOutput&) = delete;
  SocketOutput& operator=(const SocketOutput&) = delete;
  ~SocketOutput() { drop(); }

  // Takes buckets from the front of the brigade, written or, if they may, gathered; ends of requests are destroyed as
  // soon as what is before them is written. What stays in the brigade is what the socket does not take now, in full, or
  // begins with a bucket that is no memory (a file). An error: the client is gone, and c->aborted says so.
  apr_status_t write(apr_bucket_brigade* brigade, bool may_gather);

  // Writes what is gathered; what the socket does not take is put to the front of `rest`.
  apr_status_t flush(apr_bucket_brigade* rest);

  bool holds() const noexcept;
  void drop() noexcept;

  // The socket says so itself when it takes no more, whoever asks and how.
  bool never_waits() noexcept;

 private:
  static constexpr std::size_t most_pieces = 16;

  struct Pieces {
    std::array<iovec, most_pieces> of;
    std::size_t count = 0;
    std::size_t bytes = 0;

    void add(const char* data, std::size_t size) noexcept;
  };

  void collect(apr_bucket_brigade* brigade, Pieces& pieces, bool& urgent);
  void gather(const Pieces& pieces, std::size_t from) noexcept;
  void forget(std::size_t written, apr_bucket_brigade* brigade);
  apr_status_t send(const Pieces& pieces, std::size_t& sent);
  apr_status_t send_piped(apr_bucket_brigade* brigade, bool& full);
  apr_status_t account(ssize_t sent, int error);
  void give_back(apr_bucket_brigade* brigade);
  int descriptor() noexcept;

  conn_rec* c_;
  int fd_ = -1;
  bool never_waits_ = false;
};

}  // namespace cxxproxy::httpd
