#include "backend/connection.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <climits>

namespace cxxproxy::backend {
namespace {

using State = IoResult::State;

IoResult failure(int error) noexcept {
  const bool later = error == EAGAIN || error == EWOULDBLOCK;
  return later ? IoResult{State::WouldBlock} : IoResult{State::Failed, 0, error};
}

template <class Call>
ssize_t uninterrupted(Call call) noexcept {
  ssize_t result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}

}  // namespace

Connection::Connection(StartedConnect started, const Endpoint& endpoint) noexcept
    : fd_(std::move(started.fd)),
      endpoint_(endpoint),
      source_error_(started.source_error),
      connecting_(started.in_progress) {}

IoResult Connection::establish() noexcept {
  if (established_) return {};
  const IoResult result = do_establish();
  established_ = result.ok();
  return result;
}

IoResult Connection::read(std::span<char> buffer) noexcept {
  if (buffer.empty()) return {};
  const IoResult result = do_read(buffer);
  bytes_read_ += result.bytes;
  return result;
}

IoResult Connection::read_into(int pipe, std::size_t most) noexcept {
  if (most == 0) return {};
  const IoResult result = do_read_into(pipe, most);
  bytes_read_ += result.bytes;
  return result;
}

IoResult Connection::write(std::span<const iovec> parts) noexcept {
  if (parts.empty()) return {};
  const IoResult result = do_write(parts);
  bytes_written_ += result.bytes;
  return result;
}

engine::Interest Connection::interest(bool want_read, bool want_write) const noexcept {
  return do_interest(want_read, want_write);
}

void Connection::attach(engine::Reactor& reactor, engine::Watcher* watcher) {
  assert(home() == nullptr || home() == &reactor);
  if (watch_) {
    watch_.set_watcher(watcher);
  } else {
    watch_ = reactor.watch(fd_.get(), watcher);
  }
}

// First used up, then looked at: what comes in between is seen here, what comes later there.
bool Connection::at_rest() noexcept {
  if (!stirred()) return true;
  watch_.take({fd_.get(), true, false});
  return !watch_.hung_up() && idle_and_alive();
}

// Asked for every exchange, and never another once the socket is bound.
std::uint16_t Connection::local_port() const noexcept {
  if (local_port_) return *local_port_;
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::getsockname(fd_.get(), generic, &length) != 0) return 0;
  local_port_ = Endpoint::copy_of(generic, length).port();
  return *local_port_;
}

void Connection::rest(engine::TimePoint now) noexcept {
  ++exchanges_;
  idle_since_ = now;
}

IoResult Connection::do_establish() noexcept {
  if (!connecting_) return {};
  // SO_ERROR is 0 as well while the kernel is still trying, so ask first whether it is through.
  pollfd through{fd_.get(), POLLOUT, 0};
  const auto ready = uninterrupted([&] { return ::poll(&through, 1, 0); });
  if (ready == 0) return {State::WouldBlock};
  const int error = ready < 0 ? errno : connect_error(fd_);
  if (error != 0) return {State::Failed, 0, error};
  connecting_ = false;
  return {};
}

IoResult Connection::do_read(std::span<char> buffer) noexcept {
  const auto got = uninterrupted([&] { return ::recv(fd_.get(), buffer.data(), buffer.size(), 0); });
  if (got < 0) return failure(errno);
  if (got == 0) return {State::Closed};
  return {State::Ok, static_cast<std::size_t>(got)};
}

IoResult Connection::do_read_into(int pipe, std::size_t most) noexcept {
  const auto got = uninterrupted(
      [&] { return ::splice(fd_.get(), nullptr, pipe, nullptr, most, SPLICE_F_MOVE | SPLICE_F_NONBLOCK); });
  if (got < 0) return failure(errno);
  if (got == 0) return {State::Closed};
  return {State::Ok, static_cast<std::size_t>(got)};
}

IoResult Connection::do_write(std::span<const iovec> parts) noexcept {
  if (parts.size() == 1) {
    // Most requests; the kernel has less to look at.
    const auto put =
        uninterrupted([&] { return ::send(fd_.get(), parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL); });
    return put < 0 ? failure(errno) : IoResult{State::Ok, static_cast<std::size_t>(put)};
  }
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());  // sendmsg only reads it
  message.msg_iovlen = std::min<std::size_t>(parts.size(), IOV_MAX);
  const auto put = uninterrupted([&] { return ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL); });
  if (put < 0) return failure(errno);
  return {State::Ok, static_cast<std::size_t>(put)};
}

void Connection::do_end_writing() noexcept { ::shutdown(fd_.get(), SHUT_WR); }

engine::Interest Connection::do_interest(bool want_read, bool want_write) const noexcept {
  if (connecting_) return {fd_.get(), false, true};
  return {fd_.get(), want_read, want_write};
}

bool Connection::do_idle_and_alive() noexcept {
  char byte;
  const auto got = uninterrupted([&] { return ::recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT); });
  return got < 0 && failure(errno).state == State::WouldBlock;
}

}  // namespace cxxproxy::backend
