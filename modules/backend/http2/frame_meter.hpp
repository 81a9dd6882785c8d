// Counts the frames that a peer sends and that bring nothing, so that it cannot keep us busy for free.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/clock.hpp"

namespace cxxproxy::backend {

// Reads only the frames' headers, whatever becomes of the frames. An allowance of `burst` is used up by one for each
// frame other than HEADERS and DATA with something in it (padding alone is nothing); it grows again with time, by one
// for each frame that did bring something, and by one for each `bytes_for_a_frame` bytes sent, because those are
// answered with WINDOW_UPDATE. One thread; no allocation.
class Http2FrameMeter {
 public:
  static constexpr std::uint64_t bytes_for_a_frame = 512;

  Http2FrameMeter(std::uint32_t burst, std::uint32_t a_second, engine::TimePoint now) noexcept;

  // The next bytes from the peer. False: it has sent too much that brings nothing, here or before.
  bool on_bytes(std::string_view bytes, engine::TimePoint now) noexcept;

  // Bytes of bodies have gone to the peer.
  void sent(std::uint64_t bytes) noexcept;

 private:
  void refill(engine::TimePoint now) noexcept;
  void on_header() noexcept;
  void add(std::int64_t frames) noexcept;

  static constexpr std::size_t header_size = 9;

  const std::int64_t burst_;
  const std::int64_t a_second_;
  std::int64_t allowance_;
  std::uint64_t sent_ = 0;  // not yet counted
  engine::TimePoint refilled_;
  std::array<unsigned char, header_size> header_{};
  std::size_t have_ = 0;     // of the header
  std::size_t payload_ = 0;  // of the frame, still to come
};

}  // namespace cxxproxy::backend
