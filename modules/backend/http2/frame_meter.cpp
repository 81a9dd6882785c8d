#include "backend/http2/frame_meter.hpp"

#include <algorithm>
#include <chrono>

namespace cxxproxy::backend {
namespace {

constexpr unsigned char data_type = 0;
constexpr unsigned char headers_type = 1;
constexpr unsigned char padded_flag = 8;
constexpr std::size_t most_padding = 256;  // with the byte that tells its length

}  // namespace

Http2FrameMeter::Http2FrameMeter(std::uint32_t burst, std::uint32_t a_second, engine::TimePoint now) noexcept
    : burst_(burst), a_second_(a_second), allowance_(burst), refilled_(now) {}

void Http2FrameMeter::add(std::int64_t frames) noexcept { allowance_ = std::min(burst_, allowance_ + frames); }

void Http2FrameMeter::sent(std::uint64_t bytes) noexcept {
  sent_ += bytes;
  add(static_cast<std::int64_t>(sent_ / bytes_for_a_frame));
  sent_ %= bytes_for_a_frame;
}

// Only whole frames' time is taken, so that calls in quick succession lose none.
void Http2FrameMeter::refill(engine::TimePoint now) noexcept {
  if (a_second_ == 0 || now <= refilled_) return;
  const engine::Duration each = engine::Duration(std::chrono::seconds(1)) / a_second_;
  const std::int64_t frames = (now - refilled_) / std::max(each, engine::Duration(1));
  if (frames >= burst_) {
    refilled_ = now;
  } else {
    refilled_ += each * frames;
  }
  add(std::min(frames, burst_));
}

void Http2FrameMeter::on_header() noexcept {
  payload_ = (std::size_t{header_[0]} << 16) | (std::size_t{header_[1]} << 8) | header_[2];
  const unsigned char type = header_[3];
  const std::size_t padding = (header_[4] & padded_flag) != 0 ? most_padding : 0;
  const bool brings = type == headers_type || (type == data_type && payload_ > padding);
  if (brings) {
    add(1);
  } else {
    --allowance_;
  }
}

bool Http2FrameMeter::on_bytes(std::string_view bytes, engine::TimePoint now) noexcept {
  refill(now);
  while (!bytes.empty()) {
    if (payload_ > 0) {
      const std::size_t step = std::min(payload_, bytes.size());
      payload_ -= step;
      bytes.remove_prefix(step);
      continue;
    }
    const std::size_t step = std::min(header_size - have_, bytes.size());
    std::copy_n(bytes.data(), step, header_.begin() + static_cast<std::ptrdiff_t>(have_));
    have_ += step;
    bytes.remove_prefix(step);
    if (have_ < header_size) break;
    have_ = 0;
    on_header();
    if (allowance_ < 0) return false;
  }
  return allowance_ >= 0;
}

}  // namespace cxxproxy::backend
