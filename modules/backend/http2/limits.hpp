// What a backend may ask of us over HTTP/2, and who sees to it.
//
//   fault of the backend                          seen by    what ends
//   -----------------------------------------------------------------------
//   SETTINGS, PING, PRIORITY, RST_STREAM,         FrameMeter connection
//     WINDOW_UPDATE, unknown, empty DATA: floods
//   acknowledgements that pile up unread          nghttp2    connection (Http2Limits::acks)
//   entries in one SETTINGS                       nghttp2    connection (32)
//   CONTINUATION without an end                   nghttp2    connection (8)
//   HPACK that unfolds without measure            us         stream (head, fields)
//   a head that HPACK cannot decode               nghttp2    connection
//   PUSH_PROMISE                                  us         connection
//   windows beyond 2^31-1                         nghttp2    stream, or connection
//   DATA beyond the stream's window               both       stream; beyond the connection's: connection
//   frames for streams that never were            nghttp2    connection
//   DATA before the head                          nghttp2    connection
//   1xx without end                               us         stream (interims)
//   :status missing, twice, no number, 101        nghttp2    stream; below 100, above 599: us
//   names in upper case, forbidden fields         nghttp2    stream
//   characters forbidden in values and names      nghttp2    stream (we refuse what it would only leave out)
//   DATA beyond Content-Length, or END_STREAM     nghttp2    stream
//     before it
//
// Memory for one session: what is buffered for streams whose owners are slow, at most `streams` times the first window
// and `window_budget` on top; `output` and one DATA frame to be written; nghttp2's own (tables of 4 KiB each way, less
// than 1 KiB a stream). For requests to come it keeps as many as 16 blocks of 16 KiB and 64 KiB of nghttp2's pieces.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cxxproxy::backend {

struct Http2Limits {
  std::uint32_t streams = 100;       // at once; the backend's own limit may be lower
  std::size_t head = 65536;          // bytes of all names and values of one head or trailer, 32 for each field
  std::size_t field = 8192;          // bytes of one field
  std::size_t fields = 100;          // in one head or trailer
  unsigned interims = 9;             // 1xx answers before the final one
  std::size_t acks = 256;            // acknowledgements that wait to be written
  std::uint32_t idle_frames = 2000;  // frames that bring nothing, at once; see Http2FrameMeter
  std::uint32_t idle_frames_a_second = 100;
  // A stream begins with 65535 bytes. All of a window may lie between the backend and us, in front of what other
  // streams wait for: with 1 MiB a download made small requests beside it several times slower, with this hardly
  // (bench/beside).
  std::int32_t stream_window_most = 1 << 17;
  std::int64_t window_budget = 16 << 20;      // for all streams of the session beyond their first window
  std::int32_t connection_window = 16 << 20;  // credited on arrival, so no stream waits for another
  std::size_t output = 65536;                 // bytes and as many as 64 pieces are made ready to be written at a time
};

// Each stream begins with this window, HTTP/2's default: it holds before the backend has seen our SETTINGS.
inline constexpr std::int32_t http2_first_window = 65535;

}  // namespace cxxproxy::backend
