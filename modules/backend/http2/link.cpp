#include "backend/http2/link.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace cxxproxy::backend {
namespace {

using engine::deadline_after;
using engine::never;
using engine::TimePoint;

}  // namespace

Http2Link::Http2Link(std::unique_ptr<Connection> connection, engine::Reactor& reactor, const Http2Limits& limits,
                     const Http2Patience& patience, Http2LinkOwner& owner)
    : reactor_(reactor),
      patience_(patience),
      owner_(owner),
      session_(limits, reactor.now()),
      connection_(std::move(connection)),
      heard_at_(reactor.now()),
      idle_since_(reactor.now()) {
  connection_->attach(reactor, this);
  readable_ = connection_->holds_bytes();
  session_.set_waker(this);
  on_work();
}

Http2Link::~Http2Link() {
  in_turn_ = true;  // what owners do now is not written any more
  session_.fail(Http2Fault::Ended);
}

// In a turn there is a look at it at the end anyway.
void Http2Link::on_work() noexcept {
  if (!in_turn_) set(turn_alarm_, reactor_.now());
}

void Http2Link::set(Alarm& alarm, TimePoint due) noexcept {
  if (alarm.due() == due) return;
  try {
    reactor_.timers().set(alarm, due);
  } catch (const std::bad_alloc&) {
    session_.fail(Http2Fault::OutOfMemory);  // it could hang otherwise
  }
}

void Http2Link::turn() noexcept {
  in_turn_ = true;
  look();
  read();
  write();
  in_turn_ = false;
  plan();  // may be the end of this
}

void Http2Link::look() noexcept {
  if (!connection_) return;
  const engine::Readiness seen = connection_->watch().take({-1, true, true});
  readable_ = readable_ || connection_->may_read(seen);
  writable_ = writable_ || seen.any();  // TLS may have to read before it can write
}

void Http2Link::read() noexcept {
  for (int reads = 0; reads < reads_a_turn && readable_ && connection_; ++reads) {
    const std::span<char> buffer = reactor_.buffer();
    const IoResult got = connection_->read(buffer);
    switch (got.state) {
      case IoResult::State::Ok:
        heard_at_ = reactor_.now();
        session_.on_bytes({buffer.data(), got.bytes}, reactor_.now());
        readable_ = got.bytes == buffer.size() || connection_->holds_bytes() || connection_->watch().hung_up();
        break;
      case IoResult::State::WouldBlock:
        readable_ = false;
        break;
      case IoResult::State::Closed:
        return lose(Http2Fault::Closed, 0);
      case IoResult::State::Failed:
        return lose(Http2Fault::ConnectionFailed, got.error);
    }
  }
}

void Http2Link::write() noexcept {
  if (!writable_ || !connection_) return;
  std::array<iovec, 64> pieces;
  const std::size_t count = session_.output(pieces);
  std::size_t size = 0;
  for (std::size_t i = 0; i < count; ++i) size += pieces[i].iov_len;
  if (size == 0) return;
  const IoResult put = connection_->write({pieces.data(), count});
  if (put.state == IoResult::State::Failed) return lose(Http2Fault::ConnectionFailed, put.error);
  session_.wrote(put.bytes);
  writable_ = put.ok();  // with TLS it may take less than the socket would
}

void Http2Link::lose(Http2Fault fault, int error) noexcept {
  error_ = error;
  connection_.reset();
  session_.on_close(fault);
}

void Http2Link::on_deadline() noexcept {
  const TimePoint now = reactor_.now();
  const auto is_over = [now](const auto& since, engine::Duration patience) {
    return since && deadline_after(*since, patience) <= now;
  };
  if (is_over(session_.settings_sent_at(), patience_.settings)) {
    session_.fail(Http2Fault::NoSettingsAck);
  } else if (is_over(session_.pinged_at(), patience_.pong)) {
    session_.fail(Http2Fault::NoPong);
  } else if (!is_idle() && deadline_after(heard_at_, patience_.silence) <= now) {
    session_.ping(now);
  }
  turn();
}

TimePoint Http2Link::next_deadline() const noexcept {
  TimePoint next = never;
  if (session_.state() == Http2Session::State::Over) return next;
  if (const auto since = session_.settings_sent_at()) next = deadline_after(*since, patience_.settings);
  if (const auto since = session_.pinged_at()) {
    next = std::min(next, deadline_after(*since, patience_.pong));
  } else if (!is_idle()) {
    next = std::min(next, deadline_after(heard_at_, patience_.silence));
  }
  return next;
}

void Http2Link::tell_turn() noexcept {
  if (session_.is_done()) return;
  const bool was_open = session_.state() == Http2Session::State::Open;
  owner_.on_turn(*this);
  busy_ = busy_ || !is_idle();
  // A link without streams is done now: no turn follows in which the goodbye could leave.
  if (was_open && session_.state() != Http2Session::State::Open) write();
}

void Http2Link::plan() noexcept {
  if (std::exchange(busy_, !is_idle()) && is_idle()) idle_since_ = reactor_.now();
  tell_turn();
  if (session_.state() == Http2Session::State::Over) connection_.reset();  // the last word was written, or never is
  set(deadline_alarm_, next_deadline());
  const bool more = connection_ && (readable_ || (writable_ && session_.wants_write()));
  if (more) set(turn_alarm_, reactor_.now());
  if (session_.state() != Http2Session::State::Open && !std::exchange(told_leaving_, true)) owner_.on_leaving(*this);
  if (session_.is_done() && !std::exchange(told_done_, true)) owner_.on_done(*this);
}

}  // namespace cxxproxy::backend
