#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/fault.hpp"

namespace cxxproxy::wire {

// The lines of one head or trailer. While the whole block lies in the bytes of one read, every line is a view into
// them; only when a read ends in its midst does the block move into an own buffer. Positions count from the block's
// begin and hold through that move. One thread; the buffer's capacity is kept from block to block, unless it grew very
// large.
class LineBlock {
 public:
  enum class LineEnd : std::uint8_t {
    Any,   // CRLF or a bare LF (RFC 9112 section 2.2 lets a reader accept both)
    Crlf,  // nothing else
  };

  struct Limits {
    std::size_t line = 0;   // bytes before the line feed, of one line
    std::size_t bytes = 0;  // of the whole block, more or less the last line feed
    LineEnd line_end = LineEnd::Any;
  };

  // Begins a new block; views of the last one are dead.
  void start(const Limits& limits);

  enum class Result : std::uint8_t { NeedMore, Line, Broken };

  // Eats the next line from the front of `in`. After NeedMore all of `in` has been taken over and a later call may
  // come with other bytes; after Line the next call must come with what was left of the same `in`.
  Result next(std::string_view& in);

  // The same for a line that was found already: it stands at the front of `in` with `raw_size` bytes before its line
  // feed, ends in CRLF and holds no NUL. False, and nothing eaten: it is for next(), because it is longer than may be
  // or the block is not in place.
  bool take_found(std::string_view& in, std::size_t raw_size) noexcept;

  // Whether the block lies in the bytes given.
  bool in_place() const noexcept { return !holding_; }

  // The line just eaten, without its end; after NeedMore or Broken what there is of it.
  std::string_view line() const noexcept { return at(line_begin_, line_size_); }
  Fault fault() const noexcept { return fault_; }

  std::size_t position_of(std::string_view part) const noexcept {
    return static_cast<std::size_t>(part.data() - base_);
  }
  std::string_view at(std::size_t position, std::size_t size) const noexcept { return {base_ + position, size}; }

  // Moves the line just eaten, trimmed and behind a single space, to the end of [begin, end), which lies before it:
  // what obs-fold means. Returns the new end.
  std::size_t join(std::size_t begin, std::size_t end);

  // Undoes the last next(): the line and its end go back to the front of `in` or, where that is not possible, are
  // returned as a view into the own buffer, to be read before `in`.
  std::string_view put_back(std::string_view& in) noexcept;

 private:
  Result next_in_place(std::string_view& in);
  Result next_held(std::string_view& in);
  Result take(std::size_t raw_size);
  bool too_long(std::size_t raw_size) noexcept;
  void hold(std::size_t size);

  const char* base_ = nullptr;  // of the block: in the bytes given, or in held_
  std::string held_;
  bool holding_ = false;
  std::size_t line_begin_ = 0;
  std::size_t line_size_ = 0;
  std::size_t next_begin_ = 0;
  std::size_t bytes_ = 0;  // taken so far, folds and all
  Limits limits_{};
  Fault fault_ = Fault::BadLine;
};

}  // namespace cxxproxy::wire
