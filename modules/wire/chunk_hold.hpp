// How much of a chunked body that is still arriving may be handed to a reader that does not let go in the middle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cxxproxy::wire {

// httpd's core, once it has seen the last chunk of a request's body, waits for the trailer section behind it, whatever
// the caller said about waiting. So the last chunk is given to it only together with all of its trailers. The chunk
// framing is followed as far as that needs; what is wrong with it the core finds out, so from there on nothing is held
// back. Keeps no bytes. One thread.
class ChunkHold {
 public:
  // At most so much is held back.
  static constexpr std::size_t most = 65536;

  // A body begins.
  void start() noexcept { *this = ChunkHold(); }

  // `ahead` begins with the first byte not yet given out. How many of its bytes may be given out now.
  std::size_t ready(std::string_view ahead) noexcept;

  // So many of them were.
  void given(std::size_t count) noexcept { ready_ -= count; }

  // The end of the body is among what was ready, or it is no chunked body: nothing is held any more.
  bool over() const noexcept { return part_ == Part::Over; }

 private:
  enum class Part : std::uint8_t { Size, Data, DataEnd, Over };

  bool step(std::string_view rest) noexcept;
  bool on_size(std::string_view rest) noexcept;
  bool on_data_end(std::string_view rest) noexcept;
  bool give(std::size_t count, Part next) noexcept;

  Part part_ = Part::Size;
  std::uint64_t left_ = 0;  // of the chunk's data
  std::size_t ready_ = 0;   // where, behind what was given out, `part_` begins
};

}  // namespace cxxproxy::wire
