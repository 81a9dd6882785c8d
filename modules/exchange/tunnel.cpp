#include "exchange/tunnel.hpp"

#include <sys/uio.h>

#include <random>

namespace cxxproxy::exchange {
namespace {

using backend::IoResult;

// Rounds in one turn before others get theirs.
constexpr int rounds_per_turn = 16;
constexpr std::size_t piece_limit = 65536;

}  // namespace

bool Tunnel::fail(State how, int error) noexcept {
  state_ = how;
  error_ = error;
  return false;
}

// That the client's side has ended may be our doing, see part_from_backend(): then the client is still to hear of it.
bool Tunnel::is_over() const noexcept {
  if (parting_ && !frames_) return true;
  const bool down = backend_ended_ && !noted_;
  const bool up = client_ended_ && pending_.empty();
  switch (ends_) {
    case TunnelEnd::BothSides:
      return down && up;
    case TunnelEnd::Backend:
      return down;
    case TunnelEnd::EitherSide:
      return down || (up && (!parted_from_backend_ || (parted_from_client_ && !noted_)));
  }
  return true;
}

Tunnel::State Tunnel::advance(const engine::Woken& woken, std::span<char> buffer) {
  backend_readable_ |= backend_.may_read(woken.backend);
  backend_writable_ |= woken.backend.writable;
  client_readable_ |= woken.client.readable;
  if (client_full_ && woken.client.writable) client_full_ = false;
  for (int round = 0; round < rounds_per_turn; ++round) {
    if (!to_client(buffer) || !to_backend() || !say_farewell()) return state_;
    if (is_over()) return State::Over;
    const bool down = !client_full_ && !backend_ended_ && backend_readable_;
    const bool up = pending_.empty() ? !client_ended_ && client_readable_ : backend_writable_;
    if (!down && !up) return State::Waits;
  }
  return State::HasMore;
}

// False: the client is gone.
bool Tunnel::hand_on() {
  if (!noted_) return true;
  switch (client_.deliver(true)) {
    case Flow::Ready:
      noted_ = false;
      break;
    case Flow::Full:
      client_full_ = true;
      return true;
    case Flow::Gone:
      return fail(State::ClientGone, 0);
  }
  if (backend_ended_ || parted_from_client_) client_.end_writing();
  return true;
}

bool Tunnel::to_client(std::span<char> buffer) {
  if (client_full_) return true;
  if (!hand_on()) return false;
  if (client_full_ || backend_ended_ || !backend_readable_) return true;
  const IoResult got = backend_.read(buffer);
  switch (got.state) {
    case IoResult::State::Ok:
      backend_readable_ = got.bytes == buffer.size() || backend_.holds_bytes();
      if (parted_from_client_) return true;
      if (frames_) frames_->down.follow({buffer.data(), got.bytes});
      client_.body({buffer.data(), got.bytes});
      noted_ = true;
      return hand_on();
    case IoResult::State::WouldBlock:
      backend_readable_ = false;
      return true;
    case IoResult::State::Closed:
      backend_ended_ = true;
      noted_ = !parted_from_client_;
      return hand_on();
    case IoResult::State::Failed:
      break;
  }
  return fail(State::BackendFailed, got.error);
}

bool Tunnel::write_pending() {
  while (!pending_.empty() && backend_writable_) {
    const iovec part{const_cast<char*>(pending_.data()), pending_.size()};
    const IoResult put = backend_.write({&part, 1});
    if (put.state == IoResult::State::Failed) return fail(State::BackendFailed, put.error);
    backend_writable_ = put.ok();  // with TLS a record at a time: that not all was taken says nothing
    pending_.remove_prefix(put.bytes);
  }
  return true;
}

bool Tunnel::to_backend() {
  if (!write_pending()) return false;
  if (!pending_.empty() || client_ended_ || parted_from_backend_ || !client_readable_) return true;
  const BodyRead read = client_.read_body(piece_limit);
  switch (read.state) {
    case BodyRead::State::Bytes:
      pending_ = read.bytes;
      if (frames_) frames_->up.follow(pending_);
      if (!write_pending()) return false;
      if (!pending_.empty()) pending_ = client_.keep(pending_);
      return true;
    case BodyRead::State::Wait:
      client_readable_ = false;
      return true;
    case BodyRead::State::End:
      client_ended_ = true;
      backend_.end_writing();
      return true;
    case BodyRead::State::Failed:
      break;
  }
  return fail(State::ClientGone, read.error);
}

// False: the tunnel has failed.
bool Tunnel::say_farewell() {
  if (!parting_ || !frames_) return true;
  return part_from_client() && part_from_backend();
}

bool Tunnel::part_from_client() {
  if (parted_from_client_ || backend_ended_ || noted_ || client_full_ || !frames_->down.at_boundary()) return true;
  parted_from_client_ = true;
  if (!frames_->down.closed()) client_.body(wire::going_away());
  noted_ = true;
  return hand_on();
}

// The client's last words are read by whoever closes its connection.
bool Tunnel::part_from_backend() {
  if (parted_from_backend_) {
    if (!pending_.empty() || client_ended_) return true;
    client_ended_ = true;
    backend_.end_writing();
    return true;
  }
  if (client_ended_ || !pending_.empty() || !frames_->up.at_boundary()) return true;
  parted_from_backend_ = true;
  if (!frames_->up.closed()) {
    frames_->farewell = wire::going_away_masked(std::random_device()());
    pending_ = {frames_->farewell.data(), frames_->farewell.size()};
  }
  return write_pending() && part_from_backend();
}

engine::Wait Tunnel::wanted() const noexcept {
  engine::Wait wait;
  const bool reads = !backend_ended_ && !client_full_;
  if (reads || !pending_.empty()) wait.backend = backend_.interest(reads, !pending_.empty());
  wait.client.readable = !client_ended_ && pending_.empty();
  wait.client.writable = client_full_;
  return wait;
}

}  // namespace cxxproxy::exchange
