// An HTTP/2 connection to a backend as bytes: many requests at once (RFC 9113), on nghttp2.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "backend/http2/answer_head.hpp"
#include "backend/http2/buffer.hpp"
#include "backend/http2/fault.hpp"
#include "backend/http2/frame_meter.hpp"
#include "backend/http2/heap.hpp"
#include "backend/http2/limits.hpp"
#include "backend/http2/output.hpp"
#include "backend/http2/request_head.hpp"
#include "backend/http2/stream.hpp"
#include "engine/clock.hpp"

struct nghttp2_session;

namespace cxxproxy::backend {

// Whoever writes what a session has to say.
class Http2Waker {
 public:
  // A stream was opened, used or left, or the session was: output() may have something new, is_done() may be so. Comes
  // from inside that call.
  virtual void on_work() noexcept = 0;

 protected:
  ~Http2Waker() = default;
};

// Bytes in, calls to the streams' owners out, bytes to be written; it knows no socket, no clock and no log.
//
//   Open ──GOAWAY, or retire()──▶ Leaving ──a fault, or the close──▶ Over
//                                 (no new streams)
//
// A stream begins with a window of 65535 bytes. What its owner does not take is kept, at most a window full, so a slow
// owner holds up its own stream only: the connection's window is credited when bytes arrive. A stream's window doubles,
// up to Http2Limits::stream_window_most, when in one call of on_bytes() the backend has used up all but an eighth of
// what it had left, and the owner takes everything, in that call or later if it says that it keeps up: then it is the
// window that holds the backend up. All windows together grow by `window_budget` at most; a stream that ends gives its
// part back.
//
// Owned and used by one thread. Nothing throws but the constructor.
class Http2Session {
 public:
  enum class State : std::uint8_t { Open, Leaving, Over };
  enum class Opened : std::uint8_t {
    Yes,
    NoRoom,   // has_room() says no
    BadHead,  // the head is not finished, or the stream is attached already
    Failed,   // no memory
  };

  // Its first bytes are ready at once. Throws std::bad_alloc.
  Http2Session(const Http2Limits& limits, engine::TimePoint now);
  ~Http2Session();  // streams still attached are told Ended, and lose what they have kept
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  // Who hears of work from now on; null: nobody.
  void set_waker(Http2Waker* waker) noexcept { waker_ = waker; }

  // What the backend sent; all of it is used. When Over it is ignored.
  void on_bytes(std::string_view bytes, engine::TimePoint now) noexcept;

  // The connection is gone: Closed, or ConnectionFailed. Nothing is left to be written.
  void on_close(Http2Fault fault) noexcept;

  // What is to be written now, as many pieces as there is room for (64 are enough for all); valid until the next call
  // of anything. 0: nothing at the moment. When Over it may still hold a last word, which may be left out.
  std::size_t output(std::span<iovec> pieces) noexcept;

  // So many bytes of it were.
  void wrote(std::size_t bytes) noexcept;

  // output() would give something.
  bool wants_write() const noexcept;

  // For `more` streams, now. The room is what the configuration and the backend allow, whichever is less. If the
  // backend lowers it, the streams that are open go on.
  bool has_room(std::uint32_t more = 1) const noexcept;

  // Sends the request's head; the body, if there is one, follows with Http2Stream::send(). The owner hears of it from
  // then on if it is Yes, and until it is over, or cancelled, the head stays as it is: nobody copies it.
  Opened open(Http2Stream& stream, const Http2RequestHead& head, bool has_body) noexcept;
  Opened open(Http2Stream& stream, const Http2RequestHead&& head, bool has_body) = delete;

  std::uint32_t streams() const noexcept { return attached_; }

  // No new streams from now on; the backend is told.
  void retire() noexcept;

  // It ends now, with all its streams: the caller's deadlines, or its own wish. The backend is told, if that gets
  // through.
  void fail(Http2Fault fault) noexcept;

  State state() const noexcept { return state_; }

  // Leaving or Over, and no stream is there any more: the session is of no more use. When it is Over its connection can
  // be closed earlier, but answers that are complete and not yet taken stay until their owners have done so.
  bool is_done() const noexcept { return state_ != State::Open && attached_ == 0; }

  // When Over, why.
  const Http2Failure& failure() const noexcept { return failure_; }

  // The code of the backend's GOAWAY, if it sent one.
  std::optional<std::uint32_t> goaway_code() const noexcept { return goaway_code_; }

  // Sends a PING, unless one is under way; since when one is, if it is.
  void ping(engine::TimePoint now) noexcept;
  std::optional<engine::TimePoint> pinged_at() const noexcept { return pinged_at_; }

  // Since when our SETTINGS wait to be acknowledged, if they do.
  std::optional<engine::TimePoint> settings_sent_at() const noexcept { return settings_sent_at_; }

  // The backend's SETTINGS have come: it speaks HTTP/2.
  bool is_greeted() const noexcept { return greeted_; }

 private:
  friend class Http2Stream;
  friend struct Http2Callbacks;

  bool start(engine::TimePoint now) noexcept;

  // For Http2Stream.
  void resume(const Http2Stream& stream) noexcept;
  void consumed(Http2Stream& stream, std::size_t count) noexcept;
  void drop(Http2Stream& stream) noexcept;

  // For Http2Callbacks.
  void head_came(Http2Stream& stream, bool ends);
  void interim_came(Http2Stream& stream);
  void final_head_came(Http2Stream& stream, bool ends);
  void trailer_came(Http2Stream& stream) noexcept;
  void data_came(Http2Stream& stream, std::string_view bytes);
  void answer_ended(Http2Stream& stream) noexcept;
  void stream_closed(Http2Stream& stream, std::uint32_t code) noexcept;
  void want_no_more(Http2Stream& stream) noexcept;
  void stop(Http2Stream& stream, Http2Fault fault, std::uint32_t code) noexcept;
  void break_stream(Http2Stream& stream, Http2Fault fault, std::uint32_t code) noexcept;
  void goaway_came(std::int32_t last_stream, std::uint32_t code) noexcept;
  void goaway_goes(std::uint32_t code, std::string_view reason) noexcept;

  void wake() noexcept {
    if (waker_) waker_->on_work();
  }
  void pull() noexcept;
  bool is_full() const noexcept;
  void end(Http2Fault fault, std::uint32_t code) noexcept;
  void fatal(int nghttp2_error) noexcept;
  Http2Stream* first_incomplete() const noexcept;
  void attach(Http2Stream& stream) noexcept;
  void detach(Http2Stream& stream) noexcept;
  void take_back(const Http2Stream& stream) noexcept;
  void enter_turn(Http2Stream& stream, std::size_t bytes) noexcept;
  void leave_turn(Http2Stream& stream) noexcept;
  void end_turn() noexcept;
  void grow_window(Http2Stream& stream) noexcept;
  Http2Reach reach_of(const Http2Stream& stream, bool not_processed) const noexcept;

  // Whether the stream is still attached after `call` of its owner.
  template <class Call>
  bool tell(Http2Stream& stream, Call&& call) noexcept {
    told_ = &stream;
    call(stream.owner_);
    const bool still = told_ == &stream;
    told_ = nullptr;
    return still;
  }

  static constexpr std::size_t most_pieces = 64;

  const Http2Limits limits_;
  Http2Waker* waker_ = nullptr;
  Http2Heap heap_;  // nghttp2's
  nghttp2_session* session_ = nullptr;
  bool dead_ = false;  // nghttp2 may not be asked any more
  State state_ = State::Open;
  Http2Failure failure_{};
  std::array<char, 96> detail_{};

  Http2FrameMeter meter_;
  Http2AnswerHead head_;
  Http2Blocks blocks_;
  Http2Output output_;

  Http2Stream* first_ = nullptr;
  Http2Stream* first_in_turn_ = nullptr;
  Http2Stream* told_ = nullptr;
  Http2Stream* framed_ = nullptr;  // whose the frame is that comes in, if it is somebody's
  std::uint32_t attached_ = 0;
  std::uint32_t open_ = 0;  // for nghttp2, which counts a cancelled stream until the backend is told
  std::int64_t window_grown_ = 0;

  bool greeted_ = false;
  std::optional<std::uint32_t> goaway_code_;
  std::int32_t goaway_last_ = 0x7fffffff;
  std::optional<engine::TimePoint> settings_sent_at_;
  std::optional<engine::TimePoint> pinged_at_;
  std::uint64_t pings_ = 0;
};

}  // namespace cxxproxy::backend
