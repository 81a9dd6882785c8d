// One connection to a backend.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "backend/address.hpp"
#include "backend/idle_place.hpp"
#include "backend/socket.hpp"
#include "backend/tls/trouble.hpp"
#include "engine/clock.hpp"
#include "engine/reactor.hpp"
#include "engine/wait.hpp"

namespace cxxproxy::backend {

struct IoResult {
  enum class State {
    Ok,          // `bytes` were moved
    WouldBlock,  // nothing now: wait for interest()
    Closed,      // the backend ended its side in good order; only read() says so
    Failed,      // `error` is the errno (ECONNRESET, EPIPE, …); the connection is of no more use
  };

  State state = State::Ok;
  std::size_t bytes = 0;
  int error = 0;

  bool ok() const noexcept { return state == State::Ok; }
};

// A plain socket; TLS overrides the do_ functions. Owned by a Lease or an idle list, used by one thread at a time.
// Nothing here blocks or raises SIGPIPE, and nothing throws but attach().
//
// Once attached to a reactor it has a home: it is used on that reactor's thread only, and destroyed there or after the
// reactor's loop has ended, while the reactor still exists. Without one it is anybody's.
class Connection {
 public:
  Connection(StartedConnect started, const Endpoint& endpoint) noexcept;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  // Goes on with connecting. Ok: established, stays Ok. WouldBlock: wait for interest() and call again. Failed: why.
  IoResult establish() noexcept;

  // As much as is there, up to buffer.size(). An empty buffer is Ok with 0 bytes.
  IoResult read(std::span<char> buffer) noexcept;

  // Worth trying: what the kernel has is what the backend means.
  bool splices() const noexcept { return do_splices(); }

  // As much as is there and the pipe takes, up to `most` bytes, without bringing it into this process's memory. The
  // pipe is empty. Whatever it says but Ok is not the last word: it stops at urgent data, or where the kernel has no
  // memory for it, or does not know the kind of socket; read() then.
  IoResult read_into(int pipe, std::size_t most) noexcept;

  // As much as fits, from the front; parts of zero length are fine, and nothing to write is Ok with 0 bytes.
  IoResult write(std::span<const iovec> parts) noexcept;

  // Nothing more is written: the backend reads an end. All that was written has to be with the socket.
  void end_writing() noexcept { do_end_writing(); }

  // A read may bring something without any sign from the descriptor: what TLS has read ahead shows nowhere else.
  bool holds_bytes() const noexcept { return do_holds_bytes(); }

  // A read may get on, by what was seen of the descriptor: with TLS that may be its being writable.
  bool may_read(const engine::Readiness& seen) const noexcept { return seen.readable || do_may_read(seen); }

  // The backend's socket has taken the connection; with TLS there is more to be done until it is established.
  bool reached() const noexcept { return !connecting_; }

  // What went wrong with TLS; null: nothing, or there is none.
  const TlsTrouble* trouble() const noexcept { return do_trouble(); }

  // What to wait for so that a read or a write (either or both) may get on; while it is not established, so that
  // establish() may. The descriptor in it is lent for that wait.
  engine::Interest interest(bool want_read, bool want_write) const noexcept;

  // Fit to carry another exchange: established, not closed by the backend, and nothing unread, for an unasked byte can
  // only be trouble. One system call.
  bool idle_and_alive() noexcept { return established_ && do_idle_and_alive(); }

  // From now on `reactor`, on whose thread this is called, watches the descriptor and tells `watcher`, or nobody when
  // it is null. The first time makes it the connection's home; another reactor than that is a bug. Throws
  // std::system_error; then it has no home.
  void attach(engine::Reactor& reactor, engine::Watcher* watcher);

  // It has no home any more. Any thread: the pool calls it for who takes it from another's idle ones.
  void leave_home() noexcept { watch_.leave(fd_.get()); }

  // Of nothing while there is no home().
  engine::Watch& watch() noexcept { return watch_; }
  const engine::Watch& watch() const noexcept { return watch_; }
  engine::Reactor* home() const noexcept { return watch_.reactor(); }

  // The home has seen something that was not used up, if only the end. On its thread; false without a home.
  bool stirred() const noexcept { return watch_ && (watch_.seen().readable || watch_.hung_up()); }

  // Nothing of that is still unread: what was seen may have been read since. On the home's thread, between exchanges;
  // true without a home. A system call only if it stirred; what it saw is used up by that.
  bool at_rest() noexcept;

  const Endpoint& endpoint() const noexcept { return endpoint_; }
  std::uint16_t local_port() const noexcept;  // 0 for a unix socket

  // errno when the configured source address could not be bound, and the system chose one; else 0.
  int source_error() const noexcept { return source_error_; }

  // On the wire of the backend's protocol: with TLS, what is inside.
  std::uint64_t bytes_read() const noexcept { return bytes_read_; }
  std::uint64_t bytes_written() const noexcept { return bytes_written_; }

  // How many exchanges it has carried to a good end before this one, and since when it lay idle. 0: a new connection.
  std::uint32_t exchanges() const noexcept { return exchanges_; }
  engine::TimePoint idle_since() const noexcept { return idle_since_; }

  // An exchange is over and the connection lies idle from `now` on. The pool calls it.
  void rest(engine::TimePoint now) noexcept;

  // Among the idle ones of its pool, which alone uses it, under its lock.
  IdlePlace& idle_place() noexcept { return idle_place_; }
  const IdlePlace& idle_place() const noexcept { return idle_place_; }

 protected:
  virtual IoResult do_establish() noexcept;
  virtual IoResult do_read(std::span<char> buffer) noexcept;
  virtual IoResult do_read_into(int pipe, std::size_t most) noexcept;
  virtual IoResult do_write(std::span<const iovec> parts) noexcept;
  virtual engine::Interest do_interest(bool want_read, bool want_write) const noexcept;
  virtual void do_end_writing() noexcept;
  virtual bool do_idle_and_alive() noexcept;
  virtual bool do_splices() const noexcept { return true; }
  virtual bool do_holds_bytes() const noexcept { return false; }
  virtual bool do_may_read(const engine::Readiness&) const noexcept { return false; }
  virtual const TlsTrouble* do_trouble() const noexcept { return nullptr; }

  const FileDescriptor& fd() const noexcept { return fd_; }

 private:
  FileDescriptor fd_;
  engine::Watch watch_;  // behind fd_: it ends first
  IdlePlace idle_place_;
  Endpoint endpoint_;
  int source_error_;
  bool connecting_;           // connect(2) has not been seen to end
  bool established_ = false;  // establish() has said Ok
  std::uint32_t exchanges_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
  engine::TimePoint idle_since_{};
  mutable std::optional<std::uint16_t> local_port_;
};

}  // namespace cxxproxy::backend
