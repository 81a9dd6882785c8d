#include "wire/frame_follower.hpp"

#include <algorithm>

namespace cxxproxy::wire {
namespace {

constexpr unsigned char opcode_bits = 0x0f;
constexpr unsigned char close_opcode = 0x08;
constexpr unsigned char mask_bit = 0x80;
constexpr unsigned char length_bits = 0x7f;
constexpr unsigned char length_of_two = 126;
constexpr unsigned char length_of_eight = 127;

std::size_t length_bytes(unsigned char second) noexcept {
  switch (second & length_bits) {
    case length_of_two:
      return 2;
    case length_of_eight:
      return 8;
    default:
      return 0;
  }
}

}  // namespace

// As far as is known by now.
std::size_t FrameFollower::head_length() const noexcept {
  if (head_size_ < 2) return 2;
  return 2 + length_bytes(head_[1]) + (head_[1] & mask_bit ? 4 : 0);
}

void FrameFollower::begin_payload() noexcept {
  const std::size_t more = length_bytes(head_[1]);
  payload_left_ = more == 0 ? head_[1] & length_bits : 0;
  for (std::size_t at = 0; at < more; ++at) payload_left_ = payload_left_ << 8 | head_[2 + at];
  if ((head_[0] & opcode_bits) == close_opcode) closed_ = true;
  head_size_ = 0;
}

void FrameFollower::follow(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    if (payload_left_ > 0) {
      const std::uint64_t taken = std::min<std::uint64_t>(payload_left_, bytes.size());
      payload_left_ -= taken;
      bytes.remove_prefix(static_cast<std::size_t>(taken));
      continue;
    }
    head_[head_size_++] = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    if (head_size_ == head_length()) begin_payload();
  }
}

std::string_view going_away() noexcept { return {"\x88\x02\x03\xe9", 4}; }

std::array<char, 8> going_away_masked(std::uint32_t key) noexcept {
  const auto byte = [key](int number) { return static_cast<unsigned char>(key >> (8 * number)); };
  const auto masked = [&](unsigned char plain, int number) { return static_cast<char>(plain ^ byte(number)); };
  return {'\x88',
          '\x82',
          static_cast<char>(byte(0)),
          static_cast<char>(byte(1)),
          static_cast<char>(byte(2)),
          static_cast<char>(byte(3)),
          masked(0x03, 0),
          masked(0xe9, 1)};
}

}  // namespace cxxproxy::wire
