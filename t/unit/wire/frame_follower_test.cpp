#include "wire/frame_follower.hpp"

#include <string>

#include "catch.hpp"

namespace cxxproxy::wire {
namespace {

using namespace std::string_literals;

// An unmasked frame of so many bytes, and one that a client would send.
std::string frame(char opcode, std::size_t size, bool masked = false) {
  std::string made(1, static_cast<char>(0x80 | opcode));
  const int mask = masked ? 0x80 : 0;
  if (size < 126) {
    made += static_cast<char>(mask | static_cast<int>(size));
  } else if (size < 65536) {
    made += static_cast<char>(mask | 126);
    made += {static_cast<char>(size >> 8), static_cast<char>(size)};
  } else {
    made += static_cast<char>(mask | 127);
    for (int shift = 56; shift >= 0; shift -= 8) made += static_cast<char>(size >> shift);
  }
  if (masked) made += "\x88\x82\x88\x82";
  return made + std::string(size, '\x88');
}

TEST_CASE("a stream of frames stands at a boundary behind each of them and nowhere else", "[wire]") {
  for (const bool masked : {false, true}) {
    for (const std::size_t size : {0U, 1U, 125U, 126U, 300U, 65535U, 65536U, 70000U}) {
      const std::string bytes = frame(2, size, masked);
      FrameFollower follower;
      CHECK(follower.at_boundary());
      for (int round = 0; round < 2; ++round) {
        for (std::size_t at = 0; at + 1 < bytes.size(); ++at) {
          follower.follow({&bytes[at], 1});
          if (follower.at_boundary()) FAIL("after " << at + 1 << " bytes of a frame with " << size);
        }
        follower.follow({&bytes.back(), 1});
        CHECK(follower.at_boundary());
      }
      CHECK_FALSE(follower.closed());
    }
  }
}

TEST_CASE("many frames at once, and one in pieces", "[wire]") {
  FrameFollower follower;
  follower.follow(frame(1, 5) + frame(9, 0, true) + frame(2, 1000) + frame(2, 1000).substr(0, 700));
  CHECK_FALSE(follower.at_boundary());
  follower.follow(std::string(304, 'x'));
  CHECK(follower.at_boundary());
}

TEST_CASE("a Close is seen where it begins", "[wire]") {
  FrameFollower follower;
  follower.follow(frame(2, 200));
  CHECK_FALSE(follower.closed());
  follower.follow(frame(8, 2));
  CHECK(follower.closed());
  CHECK(follower.at_boundary());
}

TEST_CASE("the farewell says 1001, to either side as it must be said", "[wire]") {
  CHECK(going_away() == "\x88\x02\x03\xe9"s);
  const auto masked = going_away_masked(0x44332211);
  CHECK(std::string(masked.begin(), masked.end()) == "\x88\x82\x11\x22\x33\x44\x12\xcb"s);
  FrameFollower follower;
  follower.follow(going_away());
  follower.follow({masked.data(), masked.size()});
  CHECK(follower.at_boundary());
  CHECK(follower.closed());
}

}  // namespace
}  // namespace cxxproxy::wire
