// What can change while the server runs, as it lies in shared memory: plain values, no pointers.
#pragma once

#include "health/check_method.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace cxxproxy::httpd {

// A text of fewer than `room` bytes.
template <std::size_t room>
class FixedText {
 public:
  FixedText() = default;
  FixedText(std::string_view text) noexcept { set(text); }  // NOLINT(google-explicit-constructor): a text is a text

  static constexpr bool fits(std::string_view text) noexcept { return text.size() < room; }

  // What does not fit is cut off.
  void set(std::string_view text) noexcept {
    const std::size_t size = std::min(text.size(), room - 1);
    std::copy_n(text.data(), size, bytes_);
    std::memset(bytes_ + size, 0, room - size);
  }

  const char* c_str() const noexcept { return bytes_; }
  std::string_view view() const noexcept { return {bytes_, ::strnlen(bytes_, room - 1)}; }
  bool empty() const noexcept { return bytes_[0] == '\0'; }

  friend bool operator==(const FixedText& a, const FixedText& b) noexcept { return a.view() == b.view(); }

 private:
  char bytes_[room] = {};
};

// How a member is checked.
struct LiveHealth {
  health::CheckMethod method = health::CheckMethod::None;
  std::int64_t interval_us = 30'000'000;
  std::int32_t passes = 1;
  std::int32_t fails = 1;
  FixedText<64> uri;
  FixedText<16> expression;  // a name
};

// Of a member. Names and limits are those of the configuration's keys.
struct LiveMember {
  std::uint32_t load_factor = 100;  // hundredths
  std::int32_t lbset = 0;
  FixedText<64> route;
  FixedText<64> redirect;
  LiveHealth health;
};

// Of a balancer.
struct LiveBalancer {
  FixedText<16> lbmethod;
  std::int64_t timeout_us = 0;
  std::int32_t max_attempts = -1;  // -1: one for each other member
  bool nofailover = false;
  FixedText<64> sticky_cookie;
  FixedText<64> sticky_param;

  bool sticky() const noexcept { return !sticky_cookie.empty() || !sticky_param.empty(); }
};

}  // namespace cxxproxy::httpd
