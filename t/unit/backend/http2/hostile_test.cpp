// What a backend may try, one try a test: see backend/http2_limits.hpp.
#include <nghttp2/nghttp2.h>

#include <string>

#include "backend/http2/peer.hpp"
#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

using test::ack;
using test::data;
using test::end_headers;
using test::end_stream;
using test::epoch;
using test::field;
using test::frame;
using test::Greeted;
using test::head;
using test::number;
using test::ok;
using State = Http2Session::State;

std::string repeated(int times, const std::string& bytes) {
  std::string all;
  for (int i = 0; i < times; ++i) all += bytes;
  return all;
}

// The stream ends with this fault, a RST_STREAM tells the backend, and the other streams go on.
void check_stream_ends(Greeted& at, Http2Fault fault, std::uint32_t code) {
  REQUIRE(at.first().failure);
  CHECK(word(at.first().failure->fault) == word(fault));
  CHECK(at.first().failure->code == code);
  CHECK(at.first().ends == 0);
  CHECK(test::drain(at.session).find(frame(test::rst_frame, 0, 1, number(code))) != std::string::npos);
  CHECK(at.others_go_on());
}

void check_stream_ends(const std::string& bytes, Http2Fault fault, std::uint32_t code = NGHTTP2_PROTOCOL_ERROR) {
  {
    Greeted at;
    at.say(bytes);
    check_stream_ends(at, fault, code);
  }
  Greeted split;
  for (const char byte : bytes) split.say({&byte, 1});
  check_stream_ends(split, fault, code);
}

void check_session_ends(Greeted& at, Http2Fault fault) {
  CHECK(at.session.state() == State::Over);
  CHECK(word(at.session.failure().fault) == word(fault));
  for (const test::Owner& owner : at.owners) {
    REQUIRE(owner.failure);
    CHECK(word(owner.failure->fault) == word(fault));
    CHECK_FALSE(owner.stream.is_attached());
  }
  CHECK_FALSE(at.session.has_room());
  CHECK(at.session.is_done());
}

void check_session_ends(const std::string& bytes, Http2Fault fault) {
  Greeted at;
  at.say(bytes);
  check_session_ends(at, fault);
}

// So many are too many, and half as many are not, if they come with time between.
void check_flood(const std::string& one) {
  Greeted too_fast;
  for (int i = 0; i < 22; ++i) {
    too_fast.say(repeated(100, one));
    test::drain(too_fast.session);
  }
  check_session_ends(too_fast, Http2Fault::Flood);
  Greeted at;
  for (int second = 0; second < 100; ++second) {
    at.session.on_bytes(repeated(50, one), epoch + std::chrono::seconds(second));
    test::drain(at.session);
  }
  CHECK(at.session.state() == State::Open);
  CHECK(at.others_go_on());
}

TEST_CASE("h2: a flood of SETTINGS ends the connection", "[backend][http2]") {
  check_flood(frame(test::settings_frame, 0, 0));
}

TEST_CASE("h2: a flood of PING ends the connection", "[backend][http2]") {
  check_flood(frame(test::ping_frame, 0, 0, "12345678"));
}

TEST_CASE("h2: acknowledgements that nobody reads end the connection", "[backend][http2]") {
  Greeted at;
  // Our side of the socket is full: nothing is written.
  at.say(repeated(1900, frame(test::ping_frame, 0, 0, "12345678")));
  check_session_ends(at, Http2Fault::Flood);
}

TEST_CASE("h2: a flood of empty DATA ends the connection", "[backend][http2]") {
  Greeted at;
  at.say(ok(1));
  at.say(repeated(2200, data(1, "")));
  check_session_ends(at, Http2Fault::Flood);
}

TEST_CASE("h2: so does DATA of nothing but padding", "[backend][http2]") {
  Greeted at;
  at.say(ok(1));
  at.say(repeated(2200, frame(test::data_frame, test::padded, 1, std::string(1, '\5') + "12345")));
  check_session_ends(at, Http2Fault::Flood);
}

TEST_CASE("h2: a flood of RST_STREAM ends the connection", "[backend][http2]") {
  Greeted at;
  at.say(repeated(2200, frame(test::rst_frame, 0, 1, number(NGHTTP2_CANCEL))));
  CHECK(at.session.state() == State::Over);
  CHECK(word(at.session.failure().fault) == word(Http2Fault::Flood));
  CHECK(at.second().failure->fault == Http2Fault::Flood);
}

TEST_CASE("h2: a flood of PRIORITY ends the connection", "[backend][http2]") {
  check_flood(frame(test::priority_frame, 0, 1, number(0) + "\1"));
}

TEST_CASE("h2: a flood of WINDOW_UPDATE ends the connection", "[backend][http2]") {
  check_flood(frame(test::window_frame, 0, 0, number(1)));
}

TEST_CASE("h2: a flood of frames that nobody knows ends the connection", "[backend][http2]") {
  check_flood(frame(0xbb, 0, 0, "?"));
}

TEST_CASE("h2: CONTINUATION without an end ends the connection", "[backend][http2]") {
  std::string bytes = frame(test::headers_frame, 0, 1, field(":status", "200"));
  for (int i = 0; i < 20; ++i) bytes += frame(test::continuation_frame, 0, 1, field("a", "b"));
  check_session_ends(bytes, Http2Fault::Flood);
}

TEST_CASE("h2: so do empty CONTINUATION frames", "[backend][http2]") {
  std::string bytes = frame(test::headers_frame, 0, 1, field(":status", "200"));
  for (int i = 0; i < 20; ++i) bytes += frame(test::continuation_frame, 0, 1);
  check_session_ends(bytes, Http2Fault::Flood);
}

TEST_CASE("h2: a head in a few CONTINUATION frames is fine", "[backend][http2]") {
  Greeted at;
  std::string bytes = frame(test::headers_frame, end_stream, 1, field(":status", "200"));
  for (int i = 0; i < 5; ++i) bytes += frame(test::continuation_frame, 0, 1, field("a", "b"));
  at.say(bytes + frame(test::continuation_frame, end_headers, 1));
  CHECK(at.first().head == "200 a: b, a: b, a: b, a: b, a: b, ");
  CHECK(at.first().ends == 1);
}

TEST_CASE("h2: a small head that unfolds to a large one ends its stream", "[backend][http2]") {
  // One field of nearly 4 KiB goes into the table (0x40), then the table's newest entry (index 62) is named again and
  // again: one byte each.
  std::string bomb = field(":status", "200");
  std::string stored = field("bomb", std::string(3900, 'x'));
  stored[0] = '\x40';
  bomb += stored + std::string(90, '\xbe');
  check_stream_ends(head(1, bomb), Http2Fault::HeadTooLarge, NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_CASE("h2: a head of too many fields ends its stream", "[backend][http2]") {
  const std::string fields = field(":status", "200") + repeated(101, field("a", "b"));
  check_stream_ends(head(1, fields), Http2Fault::TooManyFields, NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_CASE("h2: a field that is too long ends its stream", "[backend][http2]") {
  const std::string fields = field(":status", "200") + field("a", std::string(8192, 'x'));
  check_stream_ends(head(1, fields), Http2Fault::HeadTooLarge, NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_CASE("h2: so does a trailer of too many fields", "[backend][http2]") {
  const std::string fields = repeated(101, field("a", "b"));
  check_stream_ends(ok(1) + head(1, fields, true), Http2Fault::TooManyFields, NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_CASE("h2: field compression that makes no sense ends the connection", "[backend][http2]") {
  check_session_ends(head(1, "\xff\xff\xff\xff\xff\xff\xff"), Http2Fault::Compression);
}

TEST_CASE("h2: PUSH_PROMISE ends the connection", "[backend][http2]") {
  const std::string request =
      field(":method", "GET") + field(":scheme", "http") + field(":path", "/") + field(":authority", "backend.test");
  check_session_ends(frame(test::push_frame, end_headers, 1, number(2) + request), Http2Fault::Pushed);
}

TEST_CASE("h2: PUSH_PROMISE ends it before our SETTINGS are acknowledged, too", "[backend][http2]") {
  Http2Session session({}, epoch);
  test::Owner owner;
  REQUIRE(session.open(owner.stream, test::get(), false) == Http2Session::Opened::Yes);
  test::drain(session);
  session.on_bytes(frame(test::settings_frame, 0, 0), epoch);
  session.on_bytes(frame(test::push_frame, end_headers, 1, number(2) + field(":method", "GET")), epoch);
  CHECK(session.state() == State::Over);
  CHECK(word(session.failure().fault) == word(Http2Fault::Pushed));
  CHECK(owner.failure);
}

TEST_CASE("h2: a stream's window beyond 2^31-1 ends the stream", "[backend][http2]") {
  const std::string most = frame(test::window_frame, 0, 1, number(0x7fffffff));
  check_stream_ends(most, Http2Fault::WindowOverflow, NGHTTP2_FLOW_CONTROL_ERROR);
}

TEST_CASE("h2: the connection's window beyond 2^31-1 ends the connection", "[backend][http2]") {
  check_session_ends(frame(test::window_frame, 0, 0, number(0x7fffffff)), Http2Fault::WindowOverflow);
}

TEST_CASE("h2: DATA beyond a stream's window ends the stream", "[backend][http2]") {
  Greeted at;
  at.first().appetite = 0;
  at.say(ok(1));
  for (int i = 0; i < 5; ++i) at.say(data(1, std::string(16384, 'x')));
  CHECK(at.first().stream.kept_size() == 3 * 16384);  // what fitted is its owner's
  check_stream_ends(at, Http2Fault::WindowOverflow, NGHTTP2_FLOW_CONTROL_ERROR);
}

TEST_CASE("h2: frames for streams that never were end the connection", "[backend][http2]") {
  check_session_ends(ok(77), Http2Fault::Protocol);
  check_session_ends(data(77, "x"), Http2Fault::Protocol);
  check_session_ends(frame(test::rst_frame, 0, 77, number(0)), Http2Fault::Protocol);
  check_session_ends(frame(test::window_frame, 0, 77, number(1)), Http2Fault::Protocol);
  check_session_ends(ok(2), Http2Fault::Protocol);
}

TEST_CASE("h2: the backend is told why the connection ends", "[backend][http2]") {
  Greeted at;
  at.say(data(77, "x"));
  CHECK(at.session.failure().detail == "DATA: stream in idle");
  CHECK(at.first().failure->detail == "DATA: stream in idle");
  const std::string goaway = number(0) + number(NGHTTP2_PROTOCOL_ERROR) + "DATA: stream in idle";
  CHECK(test::drain(at.session) == frame(test::goaway_frame, 0, 0, goaway));
}

TEST_CASE("h2: a stream hears whether a frame of its own has ended the connection", "[backend][http2]") {
  Greeted nobodys;
  nobodys.say(frame(test::ping_frame, 0, 0, "x"));
  CHECK_FALSE(nobodys.first().failure->own);
  Greeted first;
  first.say(head(1, "\xff\xff\xff\xff\xff\xff\xff"));
  CHECK(first.first().failure->own);
  CHECK_FALSE(first.second().failure->own);
  Greeted closed;
  closed.say(head(1, field(":status", "103")));
  closed.session.on_close(Http2Fault::Closed);
  CHECK_FALSE(closed.first().failure->own);
}

TEST_CASE("h2: 1xx answers without end end their stream", "[backend][http2]") {
  Greeted nine;
  nine.say(repeated(9, head(1, field(":status", "103"))));
  nine.say(ok(1, true));
  CHECK(nine.first().interims.size() == 9);
  CHECK(nine.first().ends == 1);
  check_stream_ends(repeated(10, head(1, field(":status", "103"))), Http2Fault::TooManyInterims,
                    NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_CASE("h2: DATA beyond Content-Length ends the stream", "[backend][http2]") {
  const std::string four = head(1, field(":status", "200") + field("content-length", "4"));
  check_stream_ends(four + data(1, "five!"), Http2Fault::BodyTooLong);
  check_stream_ends(four + data(1, "four") + data(1, "!"), Http2Fault::BodyTooLong);
}

TEST_CASE("h2: END_STREAM before Content-Length ends the stream", "[backend][http2]") {
  const std::string four = head(1, field(":status", "200") + field("content-length", "4"));
  check_stream_ends(four + data(1, "one", true), Http2Fault::BodyTooShort);
  check_stream_ends(four + data(1, "one") + head(1, field("a", "b"), true), Http2Fault::BodyTooShort);
  check_stream_ends(head(1, field(":status", "200") + field("content-length", "4"), true), Http2Fault::BodyTooShort);
}

TEST_CASE("h2: an answer without a status, with two, or with none that is one, ends its stream", "[backend][http2]") {
  check_stream_ends(head(1, field("a", "b")), Http2Fault::BadStatus);
  for (const char* status : {"2OO", "20", "2000", "-20", "", "099", "000", "600", "999", " 20", "101"}) {
    INFO(status);
    check_stream_ends(head(1, field(":status", status)), Http2Fault::BadStatus);
  }
  check_stream_ends(head(1, field(":status", "200") + field(":status", "200")), Http2Fault::BadField);
}

TEST_CASE("h2: an answer that ends with a 1xx ends its stream", "[backend][http2]") {
  check_stream_ends(head(1, field(":status", "103"), true), Http2Fault::BodyTooShort);
}

TEST_CASE("h2: fields that have no place in HTTP/2 end the stream", "[backend][http2]") {
  const std::string status = field(":status", "200");
  for (const char* name : {"connection", "transfer-encoding", "upgrade", "keep-alive", "proxy-connection"}) {
    INFO(name);
    check_stream_ends(head(1, status + field(name, "chunked")), Http2Fault::BadField);
  }
  for (const char* name : {"Upper", "upPer", ":path", ":unknown", "with space", "colon:", ""}) {
    INFO(name);
    check_stream_ends(head(1, status + field(name, "value")), Http2Fault::BadField);
  }
  check_stream_ends(head(1, field("a", "b") + status), Http2Fault::BadStatus);
  for (const std::string& value :
       {std::string("a\nb"), std::string("a\0b", 3), std::string("a\rb"), std::string(" a")}) {
    check_stream_ends(head(1, status + field("a", value)), Http2Fault::BadField);
  }
}

TEST_CASE("h2: a length that is none, or two lengths, end the stream", "[backend][http2]") {
  const std::string status = field(":status", "200");
  for (const char* length : {"", "-1", "+1", "4,4", "0x4", "99999999999999999999"}) {
    check_stream_ends(head(1, status + field("content-length", length)), Http2Fault::BadField);
  }
  const std::string four = field("content-length", "4");
  check_stream_ends(head(1, status + four + four), Http2Fault::BadField);
}

TEST_CASE("h2: a trailer with a status, or without an end, ends its stream", "[backend][http2]") {
  check_stream_ends(ok(1) + head(1, field(":status", "200"), true), Http2Fault::BadField);
  check_stream_ends(ok(1) + head(1, field("a", "b")), Http2Fault::BadTrailer);
}

TEST_CASE("h2: what may not come in a trailer is left out", "[backend][http2]") {
  Greeted at;
  at.say(ok(1) + head(1, field("set-cookie", "a=b") + field("x-sum", "1"), true));
  CHECK(at.first().trailers() == "x-sum: 1, ");
}

TEST_CASE("h2: a body behind HEAD, 204 or 304 ends the stream", "[backend][http2]") {
  check_stream_ends(head(1, field(":status", "204")) + data(1, "x"), Http2Fault::BodyTooLong);
  check_stream_ends(head(1, field(":status", "304") + field("content-length", "1")) + data(1, "x"),
                    Http2Fault::BodyTooLong);
}

TEST_CASE("h2: a backend that speaks something else is known by it", "[backend][http2]") {
  for (const std::string& greeting :
       {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string("SSH-2.0-OpenSSH_9.2\r\n"),
        std::string("\x15\x03\x01\0\x02\x02\x28 alert", 13), data(1, "no SETTINGS before")}) {
    Http2Session session({}, epoch);
    session.on_bytes(greeting, epoch);
    CHECK(session.state() == State::Over);
    CHECK(word(session.failure().fault) == word(Http2Fault::NotHttp2));
  }
}

TEST_CASE("h2: a frame that is too large ends the connection", "[backend][http2]") {
  check_session_ends(data(1, std::string(16385, 'x')), Http2Fault::FrameSize);
}

TEST_CASE("h2: a SETTINGS with too many entries ends the connection", "[backend][http2]") {
  std::string entries;
  for (int i = 0; i < 33; ++i) entries += std::string("\0\3", 2) + number(100);
  Greeted at;
  at.say(frame(test::settings_frame, 0, 0, entries));
  check_session_ends(at, Http2Fault::Flood);
}

TEST_CASE("h2: DATA before a head ends the connection", "[backend][http2]") {
  check_session_ends(data(1, "x"), Http2Fault::Protocol);
}

TEST_CASE("h2: after a fault of the connection its bytes are ignored", "[backend][http2]") {
  Greeted at;
  at.say(data(77, "x"));
  at.say(ok(3) + data(3, "more", true));
  CHECK(at.second().head.empty());
  CHECK(at.session.open(at.second().stream, test::get(), false) == Http2Session::Opened::NoRoom);
}

}  // namespace
}  // namespace cxxproxy::backend
