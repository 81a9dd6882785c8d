// Where the frames of a WebSocket end (RFC 6455 section 5.2), for who passes them on and wants to add one of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cxxproxy::wire {

// One direction of one connection, from its first frame on. It looks at heads of frames only, and judges nothing: bytes
// that are no frames have boundaries somewhere, too.
class FrameFollower {
 public:
  void follow(std::string_view bytes) noexcept;

  // All that was followed so far are whole frames.
  bool at_boundary() const noexcept { return head_size_ == 0 && payload_left_ == 0; }

  // One of them was a Close: no other may come behind it.
  bool closed() const noexcept { return closed_; }

 private:
  std::size_t head_length() const noexcept;
  void begin_payload() noexcept;

  std::array<unsigned char, 14> head_;
  std::uint8_t head_size_ = 0;  // of it, the bytes that have come
  bool closed_ = false;
  std::uint64_t payload_left_ = 0;
};

// A Close frame that says "going away" (1001), as a server sends it, and as a client does: masked with `key`, which
// nobody can know before.
std::string_view going_away() noexcept;
std::array<char, 8> going_away_masked(std::uint32_t key) noexcept;

}  // namespace cxxproxy::wire
