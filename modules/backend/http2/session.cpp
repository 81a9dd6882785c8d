#include "backend/http2/session.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <vector>

#include "backend/http2/callbacks.hpp"

namespace cxxproxy::backend {
namespace {

// Most requests' fields; more take memory for a moment.
constexpr std::size_t usual_fields = 48;

// Stream ids end there: a session that has used them up takes no more.
constexpr std::int32_t last_stream_id = 0x7fffffff;

}  // namespace

Http2Session::Http2Session(const Http2Limits& limits, engine::TimePoint now)
    : limits_(limits), meter_(limits.idle_frames, limits.idle_frames_a_second, now), head_(limits_) {
  session_ = Http2Callbacks::make(*this);
  if (session_ && start(now)) return;
  nghttp2_session_del(session_);
  throw std::bad_alloc();
}

Http2Session::~Http2Session() {
  end(Http2Fault::Ended, NGHTTP2_NO_ERROR);
  while (first_) break_stream(*first_, Http2Fault::Ended, NGHTTP2_NO_ERROR);
  nghttp2_session_del(session_);
}

bool Http2Session::start(engine::TimePoint now) noexcept {
  const std::array<nghttp2_settings_entry, 3> settings = {{
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits_.head)},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  }};
  settings_sent_at_ = now;
  return nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) == 0 &&
         nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, limits_.connection_window) == 0;
}

void Http2Session::on_bytes(std::string_view bytes, engine::TimePoint now) noexcept {
  if (state_ == State::Over) return;
  const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const ssize_t used = nghttp2_session_mem_recv(session_, data, bytes.size());
  if (used < 0) fatal(static_cast<int>(used));
  end_turn();
  if (!meter_.on_bytes(bytes, now)) end(Http2Fault::Flood, NGHTTP2_ENHANCE_YOUR_CALM);
  pull();  // faults that nghttp2 has found show in what it sends
}

void Http2Session::on_close(Http2Fault fault) noexcept {
  dead_ = true;
  framed_ = nullptr;
  end(fault, NGHTTP2_NO_ERROR);
  output_.clear();
}

bool Http2Session::is_full() const noexcept {
  return output_.size() >= limits_.output || output_.count() + 2 > most_pieces;
}

void Http2Session::pull() noexcept {
  while (!dead_ && !is_full()) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size == 0) return;
    if (size < 0) return fatal(static_cast<int>(size));
    try {
      output_.append({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
    } catch (const std::bad_alloc&) {
      return fatal(NGHTTP2_ERR_NOMEM);
    }
  }
}

std::size_t Http2Session::output(std::span<iovec> pieces) noexcept {
  pull();
  return output_.pieces(pieces);
}

bool Http2Session::wants_write() const noexcept {
  return !output_.empty() || (!dead_ && nghttp2_session_want_write(session_) != 0);
}

void Http2Session::wrote(std::size_t bytes) noexcept {
  while (bytes > 0) {
    const Http2Output::Gone gone = output_.drop(bytes);
    if (!gone.stream) continue;
    meter_.sent(gone.bytes);
    Http2Stream& stream = *gone.stream;
    stream.queued_ -= gone.bytes;
    if (stream.lent() == 0) tell(stream, [](Http2StreamOwner& owner) { owner.on_body_sent(); });
  }
}

bool Http2Session::has_room(std::uint32_t more) const noexcept {
  if (state_ != State::Open || attached_ + more > limits_.streams) return false;
  return open_ + more <= nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

Http2Session::Opened Http2Session::open(Http2Stream& stream, const Http2RequestHead& head, bool has_body) noexcept {
  if (!has_room()) return Opened::NoRoom;
  if (!head.finished() || stream.is_attached()) return Opened::BadHead;
  std::array<nghttp2_nv, usual_fields> usual;
  std::vector<nghttp2_nv> many;
  if (head.size() > usual.size()) {
    try {
      many.resize(head.size());
    } catch (const std::bad_alloc&) {
      return Opened::Failed;
    }
  }
  nghttp2_nv* const fields = many.empty() ? usual.data() : many.data();
  std::size_t count = 0;
  head.for_each([&](std::string_view name, std::string_view value, bool secret) {
    fields[count++] = Http2Callbacks::pair(name, value, secret, false);
  });
  const nghttp2_data_provider provider = Http2Callbacks::provider();
  const std::int32_t id =
      nghttp2_submit_request(session_, nullptr, fields, count, has_body ? &provider : nullptr, &stream);
  if (id < 0) return Opened::Failed;
  stream.id_ = id;
  stream.last_given_ = !has_body;
  stream.head_request_ = head.is_head_request();
  attach(stream);
  if (id == last_stream_id) state_ = State::Leaving;
  wake();
  return Opened::Yes;
}

void Http2Session::attach(Http2Stream& stream) noexcept {
  stream.session_ = this;
  stream.buffer_.clear(blocks_);
  stream.next_ = first_;
  if (first_) first_->previous_ = &stream;
  first_ = &stream;
  ++attached_;
  ++open_;
}

void Http2Session::detach(Http2Stream& stream) noexcept {
  if (told_ == &stream) told_ = nullptr;
  if (framed_ == &stream) framed_ = nullptr;
  if (!stream.closed_) nghttp2_session_set_stream_user_data(session_, stream.id_, nullptr);
  leave_turn(stream);
  window_grown_ -= stream.window_ - http2_first_window;
  (stream.previous_ ? stream.previous_->next_ : first_) = stream.next_;
  if (stream.next_) stream.next_->previous_ = stream.previous_;
  stream.next_ = stream.previous_ = nullptr;
  --attached_;
  const bool lends = stream.queued_ > 0;
  stream.forget();
  if (lends) take_back(stream);
}

// What frames hold of the owner's memory.
void Http2Session::take_back(const Http2Stream& stream) noexcept {
  try {
    output_.own(stream);
  } catch (const std::bad_alloc&) {
    output_.clear();  // a frame is torn: nothing can be written any more
    fatal(NGHTTP2_ERR_NOMEM);
  }
}

void Http2Session::resume(const Http2Stream& stream) noexcept {
  if (!stream.closed_) nghttp2_session_resume_data(session_, stream.id_);
  wake();
}

void Http2Session::consumed(Http2Stream& stream, std::size_t count) noexcept {
  if (!stream.closed_ && !stream.complete_) nghttp2_session_consume_stream(session_, stream.id_, count);
  if (stream.used_up_ && stream.buffer_.empty()) grow_window(stream);
  wake();
}

void Http2Session::drop(Http2Stream& stream) noexcept {
  const bool told = stream.closed_ || (stream.complete_ && stream.request_ended_);
  if (!told) nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id_, NGHTTP2_CANCEL);
  stream.buffer_.clear(blocks_);
  detach(stream);
  wake();
}

void Http2Session::retire() noexcept {
  if (state_ != State::Open) return;
  state_ = State::Leaving;
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0);
  wake();
}

void Http2Session::fail(Http2Fault fault) noexcept {
  framed_ = nullptr;
  end(fault, NGHTTP2_NO_ERROR);
  wake();
}

void Http2Session::fatal(int nghttp2_error) noexcept {
  dead_ = true;
  const bool ours = nghttp2_error == NGHTTP2_ERR_NOMEM || nghttp2_error == NGHTTP2_ERR_CALLBACK_FAILURE;
  if (ours) {
    end(Http2Fault::OutOfMemory, NGHTTP2_INTERNAL_ERROR);
  } else {
    end(Http2Fault::Flood, NGHTTP2_ENHANCE_YOUR_CALM);  // of acknowledgements or CONTINUATION
  }
}

void Http2Session::end(Http2Fault fault, std::uint32_t code) noexcept {
  if (state_ == State::Over) return;
  state_ = State::Over;
  failure_.fault = fault;
  failure_.code = code;
  // Whatever happens, no head is framed after this, since those whose they are hear that it is over.
  if (!dead_) dead_ = nghttp2_session_terminate_session(session_, code) != 0;
  while (Http2Stream* const stream = first_incomplete()) break_stream(*stream, fault, code);
  for (Http2Stream* stream = first_; stream; stream = stream->next_) stream->last_given_ = true;
}

// From the front each time, because owners do as they like.
Http2Stream* Http2Session::first_incomplete() const noexcept {
  Http2Stream* stream = first_;
  while (stream && stream->complete_) stream = stream->next_;
  return stream;
}

void Http2Session::ping(engine::TimePoint now) noexcept {
  if (pinged_at_ || state_ == State::Over) return;
  ++pings_;
  std::array<std::uint8_t, sizeof pings_> opaque;
  std::memcpy(opaque.data(), &pings_, opaque.size());
  if (nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, opaque.data()) == 0) pinged_at_ = now;
  wake();
}

}  // namespace cxxproxy::backend
