// What a session does with what comes for its streams.
#include <algorithm>

#include "backend/http2/callbacks.hpp"
#include "backend/http2/session.hpp"

namespace cxxproxy::backend {
namespace {

constexpr int final_status = 200;
constexpr int no_content = 204;
constexpr int not_modified = 304;

}  // namespace

void Http2Session::head_came(Http2Stream& stream, bool ends) {
  stream.started_ = true;
  if (stream.head_seen_) {
    trailer_came(stream);
    answer_ended(stream);
  } else if (head_.status() < final_status) {
    interim_came(stream);
  } else {
    final_head_came(stream, ends);
  }
}

void Http2Session::interim_came(Http2Stream& stream) {
  if (++stream.interims_ > limits_.interims) {
    stop(stream, Http2Fault::TooManyInterims, NGHTTP2_ENHANCE_YOUR_CALM);
    return;
  }
  const wire::ResponseHead head = head_.head();
  tell(stream, [&](Http2StreamOwner& owner) { owner.on_interim(head, head_.fields()); });
}

void Http2Session::final_head_came(Http2Stream& stream, bool ends) {
  const int status = head_.status();
  wire::Head head{.head = head_.head()};
  if (stream.head_request_ || status == no_content || status == not_modified) {
    head.framing = wire::BodyFraming::None;
  } else if (head_.length() || ends) {
    head.framing = wire::BodyFraming::Length;
    head.length = head_.length().value_or(0);
    stream.length_ = head.length;
  } else {
    head.framing = wire::BodyFraming::Chunked;
  }
  stream.head_seen_ = true;
  const bool goes_on = tell(stream, [&](Http2StreamOwner& owner) { owner.on_head(head, head_.fields()); });
  if (goes_on && ends) answer_ended(stream);
  head_.shrink();
}

// The owner may come to them much later.
void Http2Session::trailer_came(Http2Stream& stream) noexcept {
  stream.trailers_.swap(head_.fields());
  stream.trailers_.erase_if([](const wire::Field& field) { return wire::dropped_from_trailer(field.known); });
}

void Http2Session::data_came(Http2Stream& stream, std::string_view bytes) {
  enter_turn(stream, bytes.size());
  stream.received_ += bytes.size();
  std::size_t taken = 0;
  if (stream.buffer_.empty()) {
    if (!tell(stream, [&](Http2StreamOwner& owner) { taken = owner.on_body(bytes); })) return;
    consumed(stream, taken);
  }
  const std::string_view rest = bytes.substr(taken);
  if (rest.empty()) return;
  if (stream.buffer_.size() + rest.size() > static_cast<std::size_t>(stream.window_)) {
    stop(stream, Http2Fault::WindowOverflow, NGHTTP2_FLOW_CONTROL_ERROR);
  } else {
    stream.buffer_.append(rest, blocks_);
  }
}

void Http2Session::answer_ended(Http2Stream& stream) noexcept {
  stream.complete_ = true;
  tell(stream, [](Http2StreamOwner& owner) { owner.on_end(); });
}

// Reset by the backend, by nghttp2 for a fault that it told nobody, or at its good end.
void Http2Session::stream_closed(Http2Stream& stream, std::uint32_t code) noexcept {
  stream.closed_ = true;
  if (stream.complete_) return want_no_more(stream);
  Http2Fault fault = Http2Fault::BadFrame;
  if (code == NGHTTP2_REFUSED_STREAM && stream.id_ > goaway_last_) {
    fault = Http2Fault::GoneAway;
  } else if (stream.reset_by_peer_) {
    fault = code == NGHTTP2_REFUSED_STREAM ? Http2Fault::Refused : Http2Fault::Reset;
  } else if (code == NGHTTP2_FLOW_CONTROL_ERROR) {
    fault = Http2Fault::WindowOverflow;
  } else if (code == NGHTTP2_PROTOCOL_ERROR && stream.head_seen_) {
    fault = stream.frame_ends_ > stream.length_.value_or(0) ? Http2Fault::BodyTooLong : Http2Fault::BodyTooShort;
  }
  break_stream(stream, fault, code);
}

// The answer came early, and the backend does not read on: what is not in a frame yet never goes out.
void Http2Session::want_no_more(Http2Stream& stream) noexcept {
  if (stream.lent() == 0) return;
  stream.unsent_ = {};
  stream.queued_ = 0;
  take_back(stream);
  tell(stream, [](Http2StreamOwner& owner) { owner.on_body_sent(); });
}

// A fault that is ours to find.
void Http2Session::stop(Http2Stream& stream, Http2Fault fault, std::uint32_t code) noexcept {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id_, code);
  break_stream(stream, fault, code);
}

void Http2Session::break_stream(Http2Stream& stream, Http2Fault fault, std::uint32_t code) noexcept {
  const bool untouched = fault == Http2Fault::Refused || fault == Http2Fault::GoneAway;
  const bool own = state_ != State::Over || framed_ == &stream;
  const Http2Failure failure{fault, reach_of(stream, untouched), code, own, failure_.detail};
  Http2StreamOwner& owner = stream.owner_;
  detach(stream);
  owner.on_broken(failure);
}

Http2Reach Http2Session::reach_of(const Http2Stream& stream, bool not_processed) const noexcept {
  if (stream.started_) return Http2Reach::Answered;
  const bool unseen = !stream.head_framed_ || output_.written() <= stream.head_begins_;
  return not_processed || unseen ? Http2Reach::NotProcessed : Http2Reach::Unknown;
}

void Http2Session::goaway_came(std::int32_t last_stream, std::uint32_t code) noexcept {
  if (state_ == State::Open) state_ = State::Leaving;
  goaway_code_ = code;
  goaway_last_ = std::min(goaway_last_, last_stream);
}

// nghttp2 says what it has found wrong with the connection only to the backend.
void Http2Session::goaway_goes(std::uint32_t code, std::string_view reason) noexcept {
  if (code == NGHTTP2_NO_ERROR || state_ == State::Over) return;
  const std::size_t size = std::min(reason.size(), detail_.size());
  std::copy_n(reason.data(), size, detail_.begin());
  failure_.detail = {detail_.data(), size};
  Http2Fault fault = Http2Fault::Protocol;
  if (!greeted_) {
    fault = Http2Fault::NotHttp2;
  } else if (code == NGHTTP2_FLOW_CONTROL_ERROR) {
    fault = Http2Fault::WindowOverflow;
  } else if (code == NGHTTP2_FRAME_SIZE_ERROR) {
    fault = Http2Fault::FrameSize;
  } else if (code == NGHTTP2_COMPRESSION_ERROR) {
    fault = Http2Fault::Compression;
  } else if (code == NGHTTP2_ENHANCE_YOUR_CALM) {
    fault = Http2Fault::Flood;
  }
  end(fault, code);
}

void Http2Session::enter_turn(Http2Stream& stream, std::size_t bytes) noexcept {
  if (!stream.in_turn_) {
    stream.in_turn_ = true;
    stream.next_in_turn_ = first_in_turn_;
    first_in_turn_ = &stream;
    stream.turn_bytes_ = 0;
    const std::int32_t unread = nghttp2_session_get_stream_effective_recv_data_length(session_, stream.id_);
    stream.turn_left_ = std::int64_t{stream.window_} - unread + static_cast<std::int64_t>(bytes);
  }
  stream.turn_bytes_ += static_cast<std::int64_t>(bytes);
}

void Http2Session::leave_turn(Http2Stream& stream) noexcept {
  if (!stream.in_turn_) return;
  Http2Stream** at = &first_in_turn_;
  while (*at != &stream) at = &(*at)->next_in_turn_;
  *at = stream.next_in_turn_;
  stream.in_turn_ = false;
}

void Http2Session::end_turn() noexcept {
  while (Http2Stream* const stream = first_in_turn_) {
    leave_turn(*stream);
    stream->used_up_ = stream->used_up_ || stream->turn_bytes_ >= stream->turn_left_ - stream->window_ / 8;
    if (stream->used_up_ && stream->buffer_.empty()) grow_window(*stream);
    tell(*stream, [](Http2StreamOwner& owner) { owner.on_turn_end(); });
  }
}

// See the class.
void Http2Session::grow_window(Http2Stream& stream) noexcept {
  stream.used_up_ = false;
  if (stream.complete_ || stream.closed_) return;
  const std::int32_t wanted = std::min(limits_.stream_window_most, 2 * stream.window_);
  const std::int64_t more = wanted - stream.window_;
  if (more <= 0 || window_grown_ + more > limits_.window_budget) return;
  if (nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, stream.id_, wanted) != 0) return;
  stream.window_ = wanted;
  window_grown_ += more;
}

}  // namespace cxxproxy::backend
