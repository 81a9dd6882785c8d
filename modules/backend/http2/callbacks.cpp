#include "backend/http2/callbacks.hpp"

#include <cstring>
#include <memory>
#include <new>
#include <vector>

namespace cxxproxy::backend {
namespace {

struct FreeOption {
  void operator()(nghttp2_option* option) const noexcept { nghttp2_option_del(option); }
};
struct FreeCallbacks {
  void operator()(nghttp2_session_callbacks* callbacks) const noexcept { nghttp2_session_callbacks_del(callbacks); }
};
using Option = std::unique_ptr<nghttp2_option, FreeOption>;
using Callbacks = std::unique_ptr<nghttp2_session_callbacks, FreeCallbacks>;

// Nothing but a lack of memory is thrown in here, and that must not pass through nghttp2.
template <class Work>
int contained(Work&& work) noexcept {
  try {
    return work();
  } catch (...) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
}

std::string_view text_of(nghttp2_rcbuf* buffer) noexcept {
  const nghttp2_vec bytes = nghttp2_rcbuf_get_buf(buffer);
  return {reinterpret_cast<const char*>(bytes.base), bytes.len};
}

constexpr std::size_t usual_trailers = 16;

Http2Heap& heap_of(void* user) noexcept { return *static_cast<Http2Heap*>(user); }

nghttp2_mem hooks(Http2Heap& heap) noexcept {
  return {.mem_user_data = &heap,
          .malloc = [](std::size_t size, void* user) { return heap_of(user).take(size); },
          .free = [](void* piece, void* user) { heap_of(user).give_back(piece); },
          .calloc = [](std::size_t count, std::size_t size, void* user) { return heap_of(user).take(count, size); },
          .realloc = [](void* piece, std::size_t size, void* user) { return heap_of(user).resize(piece, size); }};
}

}  // namespace

Http2Stream* Http2Callbacks::stream_of(nghttp2_session* session, std::int32_t id) noexcept {
  return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session, id));
}

nghttp2_session* Http2Callbacks::make(Http2Session& session) noexcept {
  nghttp2_option* raw_option = nullptr;
  nghttp2_session_callbacks* raw_callbacks = nullptr;
  if (nghttp2_option_new(&raw_option) != 0) return nullptr;
  const Option option(raw_option);
  if (nghttp2_session_callbacks_new(&raw_callbacks) != 0) return nullptr;
  const Callbacks callbacks(raw_callbacks);
  nghttp2_option_set_no_auto_window_update(option.get(), 1);
  nghttp2_option_set_max_outbound_ack(option.get(), session.limits_.acks);
  nghttp2_option_set_max_send_header_block_length(option.get(), 4 * Http2RequestHead::most_bytes);
  nghttp2_option_set_max_reserved_remote_streams(option.get(), 0);
  nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks.get(), on_begin_frame);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks.get(), on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback2(callbacks.get(), on_header);
  nghttp2_session_callbacks_set_on_invalid_header_callback2(callbacks.get(), on_invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks.get(), on_frame);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks.get(), on_invalid_frame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks.get(), on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks.get(), on_stream_close);
  nghttp2_session_callbacks_set_before_frame_send_callback(callbacks.get(), before_frame);
  nghttp2_session_callbacks_set_send_data_callback(callbacks.get(), send_data);
  nghttp2_session* made = nullptr;
  nghttp2_mem memory = hooks(session.heap_);
  const int result = nghttp2_session_client_new3(&made, callbacks.get(), &session, option.get(), &memory);
  return result == 0 ? made : nullptr;
}

nghttp2_data_provider Http2Callbacks::provider() noexcept { return {{.ptr = nullptr}, read_body}; }

nghttp2_nv Http2Callbacks::pair(std::string_view name, std::string_view value, bool secret, bool copied) noexcept {
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));  // it only reads them
  };
  unsigned flags = secret ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
  if (!copied) flags |= NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
  return {bytes(name), bytes(value), name.size(), value.size(), static_cast<std::uint8_t>(flags)};
}

int Http2Callbacks::on_begin_frame(nghttp2_session* nghttp2, const nghttp2_frame_hd* header, void* user) noexcept {
  Http2Session& session = session_of(user);
  if (header->type == NGHTTP2_PUSH_PROMISE) session.end(Http2Fault::Pushed, NGHTTP2_PROTOCOL_ERROR);
  session.framed_ = header->stream_id != 0 ? stream_of(nghttp2, header->stream_id) : nullptr;
  if (header->type == NGHTTP2_DATA && session.framed_) {
    session.framed_->frame_ends_ = session.framed_->received_ + header->length;
  }
  return 0;
}

int Http2Callbacks::on_begin_headers(nghttp2_session*, const nghttp2_frame*, void* user) noexcept {
  session_of(user).head_.start();
  return 0;
}

int Http2Callbacks::on_header(nghttp2_session*, const nghttp2_frame*, nghttp2_rcbuf* name, nghttp2_rcbuf* value,
                              std::uint8_t, void* user) noexcept {
  return contained([&] {
    Http2Session& session = session_of(user);
    Http2Stream* const stream = session.framed_;
    if (!stream) return int{NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE};
    const std::optional<Http2Fault> fault = session.head_.add(text_of(name), text_of(value));
    if (!fault) return 0;
    const bool bad = *fault == Http2Fault::BadStatus;
    session.stop(*stream, *fault, bad ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_ENHANCE_YOUR_CALM);
    return int{NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE};
  });
}

int Http2Callbacks::on_invalid_header(nghttp2_session*, const nghttp2_frame*, nghttp2_rcbuf*, nghttp2_rcbuf*,
                                      std::uint8_t, void* user) noexcept {
  Http2Session& session = session_of(user);
  if (Http2Stream* const stream = session.framed_) {
    session.stop(*stream, Http2Fault::BadField, NGHTTP2_PROTOCOL_ERROR);
  }
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

bool Http2Callbacks::frame_settings(const nghttp2_frame& frame, Http2Session& session) noexcept {
  if (frame.hd.type == NGHTTP2_SETTINGS) {
    if ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0) {
      session.settings_sent_at_.reset();
    } else {
      session.greeted_ = true;
    }
    return true;
  }
  if (frame.hd.type == NGHTTP2_PING) {
    const bool ours = (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0 &&
                      std::memcmp(frame.ping.opaque_data, &session.pings_, sizeof session.pings_) == 0;
    if (ours) session.pinged_at_.reset();
    return true;
  }
  if (frame.hd.type == NGHTTP2_GOAWAY) {
    session.goaway_came(frame.goaway.last_stream_id, frame.goaway.error_code);
    return true;
  }
  return false;
}

int Http2Callbacks::on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
  return contained([&] {
    Http2Session& session = session_of(user);
    if (frame_settings(*frame, session)) return 0;
    Http2Stream* const stream = session.framed_;
    if (!stream) return 0;
    const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame->hd.type == NGHTTP2_HEADERS) {
      session.head_came(*stream, ends);
    } else if (frame->hd.type == NGHTTP2_DATA && ends) {
      session.answer_ended(*stream);
    } else if (frame->hd.type == NGHTTP2_RST_STREAM) {
      stream->reset_by_peer_ = true;
    }
    return 0;
  });
}

// nghttp2 has looked at more of the head than we were shown.
Http2Fault Http2Callbacks::fault_of_head(Http2Session& session, const Http2Stream& stream, const nghttp2_frame& frame,
                                         int error) noexcept {
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  const Http2AnswerHead& head = session.head_;
  if (stream.head_seen_) {
    if (error != NGHTTP2_ERR_HTTP_MESSAGING) return Http2Fault::BadField;
    return ends ? Http2Fault::BodyTooShort : Http2Fault::BadTrailer;
  }
  if (head.status() == 0) return Http2Fault::BadStatus;
  if (error != NGHTTP2_ERR_HTTP_MESSAGING) return Http2Fault::BadField;
  return ends ? Http2Fault::BodyTooShort : Http2Fault::BadFrame;
}

int Http2Callbacks::on_invalid_frame(nghttp2_session* nghttp2, const nghttp2_frame* frame, int error,
                                     void* user) noexcept {
  Http2Session& session = session_of(user);
  if (frame->hd.type == NGHTTP2_PUSH_PROMISE) session.end(Http2Fault::Pushed, NGHTTP2_PROTOCOL_ERROR);
  const bool of_message = error == NGHTTP2_ERR_HTTP_HEADER || error == NGHTTP2_ERR_HTTP_MESSAGING;
  if (frame->hd.type != NGHTTP2_HEADERS || !of_message) return 0;
  if (Http2Stream* const stream = stream_of(nghttp2, frame->hd.stream_id)) {
    session.break_stream(*stream, fault_of_head(session, *stream, *frame, error), NGHTTP2_PROTOCOL_ERROR);
  }
  return 0;
}

int Http2Callbacks::on_data(nghttp2_session* nghttp2, std::uint8_t, std::int32_t, const std::uint8_t* bytes,
                            std::size_t size, void* user) noexcept {
  return contained([&] {
    // Credited on arrival, whoever it is for: the connection's window holds nobody up.
    if (nghttp2_session_consume_connection(nghttp2, size) != 0) return int{NGHTTP2_ERR_CALLBACK_FAILURE};
    Http2Session& session = session_of(user);
    if (session.framed_) session.data_came(*session.framed_, {reinterpret_cast<const char*>(bytes), size});
    return 0;
  });
}

int Http2Callbacks::on_stream_close(nghttp2_session* nghttp2, std::int32_t id, std::uint32_t code,
                                    void* user) noexcept {
  Http2Session& session = session_of(user);
  --session.open_;
  if (Http2Stream* const stream = stream_of(nghttp2, id)) session.stream_closed(*stream, code);
  return 0;
}

int Http2Callbacks::before_frame(nghttp2_session* nghttp2, const nghttp2_frame* frame, void* user) noexcept {
  Http2Session& session = session_of(user);
  if (frame->hd.type == NGHTTP2_GOAWAY) {
    const auto* const reason = reinterpret_cast<const char*>(frame->goaway.opaque_data);
    session.goaway_goes(frame->goaway.error_code, {reason, frame->goaway.opaque_data_len});
  }
  if (frame->hd.type != NGHTTP2_HEADERS) return 0;
  Http2Stream* const stream = stream_of(nghttp2, frame->hd.stream_id);
  if (!stream) return 0;
  if (!stream->head_framed_) {
    stream->head_framed_ = true;
    stream->head_begins_ = session.output_.appended();
  }
  stream->request_ended_ = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  return 0;
}

int Http2Callbacks::submit_trailer(nghttp2_session* nghttp2, Http2Stream& stream) noexcept {
  return contained([&] {
    std::vector<nghttp2_nv> fields;
    fields.reserve(usual_trailers);
    stream.trailer_->for_each([&fields](std::string_view name, std::string_view value, bool secret) {
      fields.push_back(pair(name, value, secret, true));
    });
    return nghttp2_submit_trailer(nghttp2, stream.id_, fields.data(), fields.size());
  });
}

// Says only how much there is: the bytes stay with their owner, send_data() makes the frame.
ssize_t Http2Callbacks::read_body(nghttp2_session* nghttp2, std::int32_t id, std::uint8_t*, std::size_t most,
                                  std::uint32_t* flags, nghttp2_data_source*, void* user) noexcept {
  Http2Stream* const stream = stream_of(nghttp2, id);
  if (!stream) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  if (stream->unsent_.empty() && !stream->last_given_) return NGHTTP2_ERR_DEFERRED;
  if (session_of(user).is_full()) return NGHTTP2_ERR_PAUSE;
  const std::size_t size = std::min(most, stream->unsent_.size());
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (!stream->last_given_ || size < stream->unsent_.size()) return static_cast<ssize_t>(size);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (stream->trailer_) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    if (submit_trailer(nghttp2, *stream) != 0) return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  return static_cast<ssize_t>(size);
}

int Http2Callbacks::send_data(nghttp2_session* nghttp2, nghttp2_frame* frame, const std::uint8_t* header,
                              std::size_t size, nghttp2_data_source*, void* user) noexcept {
  return contained([&] {
    constexpr std::size_t header_size = 9;
    Http2Stream* const stream = stream_of(nghttp2, frame->hd.stream_id);
    if (!stream) return int{NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE};
    Http2Output& output = session_of(user).output_;
    output.append({reinterpret_cast<const char*>(header), header_size});
    output.lend(stream->unsent_.substr(0, size), *stream);
    stream->unsent_.remove_prefix(size);
    stream->queued_ += size;
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) stream->request_ended_ = true;
    return 0;
  });
}

}  // namespace cxxproxy::backend
