// The head of a request about which nobody can be of two minds.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <span>
#include <string_view>

#include "wire/fields.hpp"
#include "wire/request_head_scan.hpp"

namespace cxxproxy::wire {

// Takes a head apart if it is so plain that httpd's core, however it is configured, would take it apart in the same
// way, and leaves every other to the core. Plain is:
// - a method that everybody knows, a path, HTTP/1.0 or HTTP/1.1, one space between them; no '#' in the path;
// - lines that end in CRLF, none folded, no control characters but tabs within values, names that are tokens;
// - all of it no longer than one line or one field may be, and no more fields than there may be;
// - no Transfer-Encoding, no Expect, at most one Content-Length, which is a number.
// Whether the Host makes sense is for others to judge. One thread.
class PlainHead {
 public:
  using Limits = RequestHeadScan::Limits;
  using BodyHint = RequestHeadScan::BodyHint;

  static constexpr std::size_t most_fields = 64;

  // Whether there is a plain head at the front of `all`, and whole. Only after a yes the rest means something; views
  // lead into `all`.
  bool read(std::string_view all, const Limits& limits) noexcept;

  // With the blank line at its end.
  std::string_view bytes() const noexcept { return bytes_; }

  // Without its line end.
  std::string_view request_line() const noexcept { return request_line_; }

  // Values without blanks around them.
  std::span<const Field> fields() const noexcept { return {fields_.data(), count_}; }

  // Some name comes more than once.
  bool repeats() const noexcept { return repeats_; }

  BodyHint body() const noexcept { return body_; }

 private:
  bool take_line(std::string_view& rest, std::string_view& line) const noexcept;
  bool add(std::string_view line) noexcept;
  bool on_content_length(std::string_view value) noexcept;
  bool came_before(const Field& field) noexcept;

  std::string_view bytes_;
  std::string_view request_line_;
  std::array<Field, most_fields> fields_{};
  std::size_t count_ = 0;
  std::size_t most_ = 0;
  bool repeats_ = false;
  BodyHint body_;
  std::bitset<256> seen_;  // marks of the names that came
};

}  // namespace cxxproxy::wire
