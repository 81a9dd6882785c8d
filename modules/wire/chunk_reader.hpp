#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/fault.hpp"

namespace cxxproxy::wire {

// Takes the chunk framing off a body (RFC 9112 section 7.1), up to and with the line of the last chunk; the trailer
// that follows is not its business. Strict: every line ends in CRLF, a size has 1-16 hex digits and stays below 2^63.
// Extensions are dropped, but may not go on for ever. It keeps no bytes. One thread.
class ChunkReader {
 public:
  static constexpr std::size_t most_extension_bytes = 65536;  // over a whole body

  // Begins a body whose size lines have at most `line` bytes.
  void start(std::size_t line) noexcept;

  enum class Result : std::uint8_t { NeedMore, Data, LastChunk, Broken };

  // Eats from the front of `in`. With Data, data() is a piece of the body, a view into what was given; with Broken,
  // fault() tells why, and with LastChunk what is left of `in` begins with the trailer. Not to be called after these
  // two.
  Result on_bytes(std::string_view& in) noexcept;

  std::string_view data() const noexcept { return data_; }
  Fault fault() const noexcept { return fault_; }

 private:
  enum class State : std::uint8_t { Size, Extension, SizeLineFeed, Data, DataLineFeed };

  std::optional<Result> on_size_line(char c) noexcept;
  bool add_digit(char c) noexcept;
  bool add_extension_byte(char c) noexcept;
  Result broken(Fault fault) noexcept;

  State state_ = State::Size;
  Fault fault_ = Fault::BadChunk;
  int digits_ = 0;
  bool in_extension_ = false;  // a semicolon has been seen: not only blanks may follow the size
  std::uint64_t left_ = 0;     // of the size being read, then of the data
  std::size_t line_limit_ = 0;
  std::size_t line_bytes_ = 0;
  std::size_t extension_bytes_ = 0;
  std::string_view data_;
};

}  // namespace cxxproxy::wire
