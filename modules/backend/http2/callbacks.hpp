// What nghttp2 calls, and what it is asked for: only http2_*.cpp include this.
#pragma once

#include <nghttp2/nghttp2.h>

#include <string_view>

#include "backend/http2/session.hpp"

namespace cxxproxy::backend {

struct Http2Callbacks {
  // A client session for `session`, or null: no memory.
  static nghttp2_session* make(Http2Session& session) noexcept;

  // Where the body of a request comes from.
  static nghttp2_data_provider provider() noexcept;

  // Not copied, it has to stay until it is framed.
  static nghttp2_nv pair(std::string_view name, std::string_view value, bool secret, bool copied) noexcept;

 private:
  static Http2Session& session_of(void* user) noexcept { return *static_cast<Http2Session*>(user); }
  static Http2Stream* stream_of(nghttp2_session* session, std::int32_t id) noexcept;

  static int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd*, void*) noexcept;
  static int on_begin_headers(nghttp2_session*, const nghttp2_frame*, void*) noexcept;
  static int on_header(nghttp2_session*, const nghttp2_frame*, nghttp2_rcbuf*, nghttp2_rcbuf*, std::uint8_t,
                       void*) noexcept;
  static int on_invalid_header(nghttp2_session*, const nghttp2_frame*, nghttp2_rcbuf*, nghttp2_rcbuf*, std::uint8_t,
                               void*) noexcept;
  static int on_frame(nghttp2_session*, const nghttp2_frame*, void*) noexcept;
  static int on_invalid_frame(nghttp2_session*, const nghttp2_frame*, int, void*) noexcept;
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t, const std::uint8_t*, std::size_t, void*) noexcept;
  static int on_stream_close(nghttp2_session*, std::int32_t, std::uint32_t, void*) noexcept;
  static int before_frame(nghttp2_session*, const nghttp2_frame*, void*) noexcept;
  static ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t, std::uint32_t*,
                           nghttp2_data_source*, void*) noexcept;
  static int send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t*, std::size_t, nghttp2_data_source*,
                       void*) noexcept;
  static int submit_trailer(nghttp2_session*, Http2Stream&) noexcept;
  static bool frame_settings(const nghttp2_frame&, Http2Session&) noexcept;
  static Http2Fault fault_of_head(Http2Session&, const Http2Stream&, const nghttp2_frame&, int error) noexcept;
};

}  // namespace cxxproxy::backend
