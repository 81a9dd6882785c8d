// One request and its answer among others on an HTTP/2 connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "backend/http2/buffer.hpp"
#include "backend/http2/fault.hpp"
#include "backend/http2/fields.hpp"
#include "backend/http2/limits.hpp"
#include "backend/http2/request_head.hpp"
#include "wire/response_reader.hpp"

namespace cxxproxy::backend {

class Http2Session;

// Whoever has a stream. Calls come from inside Http2Session::on_bytes(), output(), wrote(), on_close(), fail() and its
// destructor, never from inside a call to a stream or to open(). In them any stream may be used, cancelled, destroyed
// and opened, their own too, but of the session nothing else may be called.
//
//   on_interim* on_head on_body* on_end      a good answer
//   on_broken                                takes the place of any of them, and is the last
class Http2StreamOwner {
 public:
  // A 1xx answer, never 101. The views are valid during the call, or with `fields`, which hold them: the owner may swap
  // those for its own.
  virtual void on_interim(const wire::ResponseHead& head, Http2Fields& fields) noexcept = 0;

  // The final head, its names in lower case, without a reason. Framing: Length if one was told, or the answer ends
  // here; None where the request or the status wants it; else Chunked, which stands for a length that nobody knows.
  // `fields` as with on_interim().
  virtual void on_head(const wire::Head& head, Http2Fields& fields) noexcept = 0;

  // The next of the body, never empty. How many of them the owner is done with: the backend may send as many more.
  // `bytes` stay where they are until on_turn_end(). The rest is kept by the stream: see Http2Stream::kept(), and no
  // more calls come until that is empty.
  virtual std::size_t on_body(std::string_view bytes) noexcept = 0;

  // No more comes at the moment, of a stream that has had something of the body: what on_body() lent is about to go.
  virtual void on_turn_end() noexcept = 0;

  // All of the answer has come; part of the body may be kept(), trailers() are there. If the request is not sent whole,
  // it may go on, unless is_sending() says otherwise.
  virtual void on_end() noexcept = 0;

  // It is over, and the stream is as before open(), but what was kept stays until cancel(). After on_end() only if the
  // session is destroyed.
  virtual void on_broken(const Http2Failure& failure) noexcept = 0;

  // What send() lent is the owner's again.
  virtual void on_body_sent() noexcept = 0;

 protected:
  ~Http2StreamOwner() = default;
};

// Belongs to the request; Http2Session::open() attaches it to a session, and it leaves it with on_broken(), cancel() or
// its end. It may be used again then. On the thread of the session. Nothing throws.
class Http2Stream {
 public:
  // `owner` outlives it.
  explicit Http2Stream(Http2StreamOwner& owner) noexcept : owner_(owner) {}
  ~Http2Stream() { cancel(); }
  Http2Stream(const Http2Stream&) = delete;
  Http2Stream& operator=(const Http2Stream&) = delete;

  bool is_attached() const noexcept { return session_ != nullptr; }
  std::int32_t id() const noexcept { return id_; }

  // The request can take more of its body at some time, or is not yet ended.
  bool is_sending() const noexcept { return session_ && !closed_ && !last_given_; }

  // It can take more now: nothing is lent.
  bool wants_body() const noexcept { return is_sending() && lent() == 0; }

  // So many bytes of what send() was given are not yet written.
  std::size_t lent() const noexcept { return unsent_.size() + queued_; }

  // The next of the request's body, when wants_body(); else it is without effect. It is lent until on_body_sent(),
  // on_broken(), cancel() or the end of this stream, whichever comes first. `last`: nothing follows; `piece` may be
  // empty then.
  void send(std::string_view piece, bool last) noexcept;

  // Nothing follows but these: a finished trailer. Without effect unless wants_body(). Without memory for it the
  // request ends without.
  void send_trailer(Http2RequestHead trailer) noexcept;

  // The front of what on_body() left, empty if all is gone. Valid until consume(), cancel() or on_body().
  std::string_view kept() const noexcept { return buffer_.front(); }
  std::size_t kept_size() const noexcept { return buffer_.size(); }

  // The owner is done with so many of those; the backend may send as many more. `keeps_up`: whoever takes the answer
  // would have taken more, so if the window holds the backend up it grows as soon as all is gone. Else they are in the
  // way, and it stays as it is; so it is with `count` 0, too.
  void consume(std::size_t count, bool keeps_up) noexcept;

  // on_end() has been called; with nothing kept() the answer is over, and cancel() tells the backend nothing unless the
  // request is not sent whole.
  bool is_complete() const noexcept { return complete_; }
  std::span<const wire::Field> trailers() const noexcept { return trailers_.views(); }

  // The backend is told, nothing more is heard, all memory goes back. Nothing when not attached.
  void cancel() noexcept;

 private:
  friend class Http2Session;
  friend struct Http2Callbacks;

  void forget() noexcept;

  Http2StreamOwner& owner_;
  Http2Session* session_ = nullptr;
  Http2Stream* next_ = nullptr;  // in the session's list
  Http2Stream* previous_ = nullptr;
  std::int32_t id_ = 0;
  bool closed_ = false;  // nghttp2 knows it no more

  // The request.
  std::uint64_t head_begins_ = 0;  // in all that was ever made ready; see Http2Output::appended()
  std::string_view unsent_;        // lent, not yet in a frame
  std::size_t queued_ = 0;         // lent, in frames not yet written
  bool head_framed_ = false;
  bool last_given_ = false;
  bool request_ended_ = false;  // its last frame is made
  bool head_request_ = false;
  std::unique_ptr<Http2RequestHead> trailer_;

  // The answer.
  bool started_ = false;    // some head has come
  bool head_seen_ = false;  // the final one
  bool complete_ = false;
  bool reset_by_peer_ = false;
  unsigned interims_ = 0;
  std::optional<std::uint64_t> length_;
  std::uint64_t received_ = 0;
  std::uint64_t frame_ends_ = 0;  // where the last DATA frame takes the body, padding and all
  Http2Fields trailers_;

  // Its window.
  Http2Buffer buffer_;
  std::int32_t window_ = http2_first_window;
  Http2Stream* next_in_turn_ = nullptr;
  bool in_turn_ = false;
  bool used_up_ = false;         // the window, in some turn since all was gone: grows when all is again
  std::int64_t turn_left_ = 0;   // of the window when the turn began
  std::int64_t turn_bytes_ = 0;  // received in it
};

}  // namespace cxxproxy::backend
