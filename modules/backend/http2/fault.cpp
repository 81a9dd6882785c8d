#include "backend/http2/fault.hpp"

#include <array>
#include <cstddef>

namespace cxxproxy::backend {
namespace {

struct Row {
  Http2Fault fault;
  std::string_view word;
};

constexpr std::array<Row, 25> rows = {{
    {Http2Fault::Reset, "stream reset by the backend"},
    {Http2Fault::Refused, "stream refused by the backend"},
    {Http2Fault::GoneAway, "backend is going away"},
    {Http2Fault::BadStatus, "bad :status"},
    {Http2Fault::BadField, "bad field"},
    {Http2Fault::BadTrailer, "second head without an end"},
    {Http2Fault::HeadTooLarge, "head too large"},
    {Http2Fault::TooManyFields, "too many fields"},
    {Http2Fault::TooManyInterims, "too many interim answers"},
    {Http2Fault::BodyTooLong, "body longer than Content-Length"},
    {Http2Fault::BodyTooShort, "body shorter than Content-Length"},
    {Http2Fault::BadFrame, "bad frame"},
    {Http2Fault::WindowOverflow, "window overflow"},
    {Http2Fault::Closed, "connection closed"},
    {Http2Fault::ConnectionFailed, "connection failed"},
    {Http2Fault::NotHttp2, "not HTTP/2"},
    {Http2Fault::Protocol, "protocol error"},
    {Http2Fault::FrameSize, "bad frame size"},
    {Http2Fault::Compression, "bad field compression"},
    {Http2Fault::Flood, "flood of frames"},
    {Http2Fault::Pushed, "push promise"},
    {Http2Fault::NoPong, "no answer to PING"},
    {Http2Fault::NoSettingsAck, "no answer to SETTINGS"},
    {Http2Fault::OutOfMemory, "out of memory"},
    {Http2Fault::Ended, "given up"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<std::size_t>(rows[i].fault) != i) return false;
  }
  return true;
}

static_assert(in_order(), "word() indexes the table by the fault");

}  // namespace

std::string_view word(Http2Fault fault) noexcept { return rows[static_cast<std::size_t>(fault)].word; }

}  // namespace cxxproxy::backend
