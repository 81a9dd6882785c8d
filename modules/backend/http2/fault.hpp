// What goes wrong between us and a backend that speaks HTTP/2.
#pragma once

#include <cstdint>
#include <string_view>

namespace cxxproxy::backend {

enum class Http2Fault : std::uint8_t {
  // Of one stream: the others go on.
  Reset,            // the backend ended it with an error code
  Refused,          // the backend did not begin with it
  GoneAway,         // the backend said goodbye before it began with it
  BadStatus,        // none, two, 101, or not a number from 100 to 599
  BadField,         // a name or value with forbidden characters, or a field that has no place in HTTP/2
  BadTrailer,       // a second head that does not end the answer
  HeadTooLarge,     // in bytes
  TooManyFields,    // in one head
  TooManyInterims,  // 1xx answers
  BodyTooLong,      // more than Content-Length says
  BodyTooShort,     // ended before Content-Length, or before the final head
  BadFrame,         // any other fault that concerns the stream only
  WindowOverflow,   // more bytes than there was a window for, or a window beyond 2^31-1
  // Of the connection: all its streams end.
  Closed,            // the backend closed it
  ConnectionFailed,  // the socket said so
  NotHttp2,          // the first bytes are something else
  Protocol,          // frames out of place
  FrameSize,
  Compression,  // field compression (HPACK) cannot be undone
  Flood,        // too many frames that bring nothing
  Pushed,       // PUSH_PROMISE, which we forbade
  NoPong,       // the caller's deadlines
  NoSettingsAck,
  OutOfMemory,
  Ended,  // given up by its owner
};

// The fault in a few words, for the log.
std::string_view word(Http2Fault fault) noexcept;

// How far a request that has failed may have got.
enum class Http2Reach : std::uint8_t {
  NotProcessed,  // the backend said so, or has not seen it: the same request may go to another connection
  Unknown,       // it may have been processed; nothing of the answer came
  Answered,      // part of the answer came, if only a 1xx
};

struct Http2Failure {
  Http2Fault fault = Http2Fault::Ended;
  Http2Reach reach = Http2Reach::Unknown;
  std::uint32_t code = 0;     // of RST_STREAM or GOAWAY, ours or theirs (RFC 9113 section 7)
  bool own = true;            // false: of the connection, and no frame of this stream's has ended it
  std::string_view detail{};  // nghttp2's words about a connection's fault; valid as long as the session
};

}  // namespace cxxproxy::backend
