#include "backend/http2/stream.hpp"

#include <utility>

#include "backend/http2/session.hpp"

namespace cxxproxy::backend {

void Http2Stream::send(std::string_view piece, bool last) noexcept {
  if (!wants_body() || (piece.empty() && !last)) return;
  unsent_ = piece;
  last_given_ = last;
  session_->resume(*this);
}

void Http2Stream::send_trailer(Http2RequestHead trailer) noexcept {
  if (!wants_body() || !trailer.finished()) return;
  last_given_ = true;
  trailer_.reset(new (std::nothrow) Http2RequestHead(std::move(trailer)));
  session_->resume(*this);
}

void Http2Stream::consume(std::size_t count, bool keeps_up) noexcept {
  if (!keeps_up) used_up_ = false;
  if (count == 0) return;
  if (!session_) {
    Http2Blocks gone;
    return buffer_.drop(count, gone);
  }
  buffer_.drop(count, session_->blocks_);
  session_->consumed(*this, count);
}

void Http2Stream::cancel() noexcept {
  if (session_) session_->drop(*this);
  consume(buffer_.size(), false);
}

// As before it was attached; the buffer and the lists are the session's business.
void Http2Stream::forget() noexcept {
  session_ = nullptr;
  id_ = 0;
  closed_ = head_framed_ = last_given_ = request_ended_ = head_request_ = false;
  head_begins_ = 0;
  unsent_ = {};
  queued_ = 0;
  trailer_.reset();
  started_ = head_seen_ = complete_ = reset_by_peer_ = false;
  interims_ = 0;
  length_.reset();
  received_ = frame_ends_ = 0;
  trailers_.clear();
  window_ = http2_first_window;
  used_up_ = false;
}

}  // namespace cxxproxy::backend
