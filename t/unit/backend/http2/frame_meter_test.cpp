#include "backend/http2/frame_meter.hpp"

#include <string>

#include "backend/http2/peer.hpp"
#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

using test::epoch;

const std::string nothing = test::frame(test::ping_frame, 0, 0, "12345678");
const std::string something = test::data(1, "x");

TEST_CASE("frames that bring nothing use up an allowance", "[backend][http2]") {
  Http2FrameMeter meter(3, 0, epoch);
  for (int i = 0; i < 3; ++i) CHECK(meter.on_bytes(nothing, epoch));
  CHECK_FALSE(meter.on_bytes(nothing, epoch));
}

TEST_CASE("however they are cut", "[backend][http2]") {
  const std::string four = nothing + nothing + nothing + nothing;
  for (std::size_t step = 1; step < 30; ++step) {
    Http2FrameMeter meter(3, 0, epoch);
    bool good = true;
    for (std::size_t at = 0; at < four.size(); at += step) {
      good = meter.on_bytes(std::string_view(four).substr(at, step), epoch);
      // The fourth frame's header is what is too much.
      CHECK(good == (at + step < 3 * nothing.size() + 9));
    }
  }
}

TEST_CASE("the allowance grows with what is brought, with time, and with what is sent", "[backend][http2]") {
  Http2FrameMeter meter(1, 10, epoch);
  CHECK(meter.on_bytes(nothing, epoch));
  CHECK(meter.on_bytes(something + nothing, epoch));
  CHECK(meter.on_bytes(nothing, epoch + std::chrono::milliseconds(100)));
  meter.sent(300);
  meter.sent(300);
  CHECK(meter.on_bytes(nothing, epoch + std::chrono::milliseconds(100)));
  CHECK_FALSE(meter.on_bytes(nothing, epoch + std::chrono::milliseconds(199)));
}

TEST_CASE("it never grows beyond what it was", "[backend][http2]") {
  Http2FrameMeter meter(2, 1000000, epoch);
  meter.sent(1000000);
  CHECK(meter.on_bytes(something + something + something, epoch + std::chrono::hours(1)));
  CHECK(meter.on_bytes(nothing + nothing, epoch + std::chrono::hours(1)));
  CHECK_FALSE(meter.on_bytes(nothing, epoch + std::chrono::hours(1)));
}

TEST_CASE("calls in quick succession lose no time", "[backend][http2]") {
  Http2FrameMeter meter(1, 10, epoch);
  CHECK(meter.on_bytes(nothing, epoch));
  for (int i = 1; i < 100; ++i) CHECK(meter.on_bytes({}, epoch + std::chrono::milliseconds(i)));
  CHECK(meter.on_bytes(nothing, epoch + std::chrono::milliseconds(100)));
}

TEST_CASE("padding alone brings nothing", "[backend][http2]") {
  Http2FrameMeter meter(1, 0, epoch);
  CHECK(meter.on_bytes(test::frame(test::data_frame, test::padded, 1, std::string(256, '\xff')), epoch));
  CHECK(meter.on_bytes(test::frame(test::data_frame, test::padded, 1, std::string(257, '\xff')), epoch));
  CHECK(meter.on_bytes(nothing, epoch));
  CHECK_FALSE(meter.on_bytes(test::data(1, ""), epoch));
}

}  // namespace
}  // namespace cxxproxy::backend
