#include "wire/chunk_reader.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "wire/fields.hpp"

namespace cxxproxy::wire {

namespace {

constexpr int most_digits = 16;
constexpr std::uint64_t most_size = std::numeric_limits<std::int64_t>::max();

}  // namespace

void ChunkReader::start(std::size_t line) noexcept {
  *this = ChunkReader();
  line_limit_ = line;
}

ChunkReader::Result ChunkReader::broken(Fault fault) noexcept {
  fault_ = fault;
  return Result::Broken;
}

bool ChunkReader::add_digit(char c) noexcept {
  unsigned value = 0;
  if (std::from_chars(&c, &c + 1, value, 16).ec != std::errc{}) return false;
  left_ = left_ * 16 + value;
  return ++digits_ <= most_digits;
}

// Blanks behind a size are no extension, but old servers pad with them, so they are let through and counted with them.
bool ChunkReader::add_extension_byte(char c) noexcept {
  in_extension_ = in_extension_ || c == ';';
  const bool blank = c == ' ' || c == '\t';
  ++extension_bytes_;
  return blank || (in_extension_ && is_field_value({&c, 1}));
}

std::optional<ChunkReader::Result> ChunkReader::on_size_line(char c) noexcept {
  if (state_ == State::SizeLineFeed) {
    if (c != '\n' || left_ > most_size) return broken(Fault::BadChunk);
    state_ = State::Data;
    return left_ == 0 ? std::optional(Result::LastChunk) : std::nullopt;
  }
  if (++line_bytes_ > line_limit_) return broken(Fault::LineTooLong);
  if (state_ == State::Size && add_digit(c)) return std::nullopt;
  if (digits_ == 0 || digits_ > most_digits) return broken(Fault::BadChunk);
  state_ = c == '\r' ? State::SizeLineFeed : State::Extension;
  if (c == '\r') return std::nullopt;
  if (!add_extension_byte(c)) return broken(Fault::BadChunk);
  if (extension_bytes_ > most_extension_bytes) return broken(Fault::ChunkExtensionsTooLong);
  return std::nullopt;
}

ChunkReader::Result ChunkReader::on_bytes(std::string_view& in) noexcept {
  while (!in.empty()) {
    if (state_ == State::Data && left_ > 0) {
      data_ = in.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size())));
      in.remove_prefix(data_.size());
      left_ -= data_.size();
      return Result::Data;
    }
    const char c = in.front();
    in.remove_prefix(1);
    if (state_ == State::Data) {
      if (c != '\r') return broken(Fault::BadChunk);
      state_ = State::DataLineFeed;
    } else if (state_ == State::DataLineFeed) {
      if (c != '\n') return broken(Fault::BadChunk);
      state_ = State::Size;
      digits_ = 0;
      line_bytes_ = 0;
      in_extension_ = false;
    } else if (const std::optional<Result> result = on_size_line(c)) {
      return *result;
    }
  }
  return Result::NeedMore;
}

}  // namespace cxxproxy::wire
