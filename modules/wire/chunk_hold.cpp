#include "wire/chunk_hold.hpp"

#include <algorithm>
#include <charconv>

namespace cxxproxy::wire {
namespace {

using std::string_view;

// Behind the line end that follows the empty line of a trailer section; npos: it is not all there.
std::size_t end_of_trailers(string_view rest) {
  std::size_t at = 0;
  for (;;) {
    const std::size_t end = rest.find('\n', at);
    if (end == string_view::npos) return string_view::npos;
    const string_view line = rest.substr(at, end - at);
    at = end + 1;
    if (line.empty() || line == "\r") return at;
  }
}

// What may stand behind the size: blanks, an extension, the end of the line.
bool is_end_of_size(string_view rest) {
  const std::size_t text = std::min(rest.find_first_not_of(" \t"), rest.size());
  rest.remove_prefix(text);
  return rest.empty() || rest == "\r" || rest.front() == ';';
}

}  // namespace

bool ChunkHold::give(std::size_t count, Part next) noexcept {
  ready_ += count;
  part_ = next;
  return true;
}

bool ChunkHold::on_size(string_view rest) noexcept {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  if (end > most) return give(0, Part::Over);
  if (end == rest.size()) return false;
  const char* const line_end = rest.data() + end;
  const auto parsed = std::from_chars(rest.data(), line_end, left_, 16);
  if (parsed.ec != std::errc()) return give(0, Part::Over);
  if (left_ == 0 && !is_end_of_size({parsed.ptr, line_end})) return give(0, Part::Over);
  if (left_ > 0) return give(end + 1, Part::Data);
  const std::size_t trailers = end_of_trailers(rest.substr(end + 1));
  if (trailers == string_view::npos) return rest.size() > most && give(0, Part::Over);
  return give(end + 1 + trailers, Part::Over);
}

bool ChunkHold::on_data_end(string_view rest) noexcept {
  if (rest.front() == '\n') return give(1, Part::Size);
  if (rest.front() != '\r') return give(0, Part::Over);
  if (rest.size() < 2) return false;
  return rest[1] == '\n' ? give(2, Part::Size) : give(0, Part::Over);
}

// False: more has to come.
bool ChunkHold::step(string_view rest) noexcept {
  if (rest.empty()) return false;
  switch (part_) {
    case Part::Size:
      return on_size(rest);
    case Part::Data: {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, rest.size()));
      left_ -= count;
      return give(count, left_ == 0 ? Part::DataEnd : Part::Data);
    }
    case Part::DataEnd:
      return on_data_end(rest);
    case Part::Over:
      break;
  }
  return false;
}

std::size_t ChunkHold::ready(string_view ahead) noexcept {
  while (part_ != Part::Over && step(ahead.substr(ready_))) {
  }
  if (part_ != Part::Over) return ready_;
  ready_ = ahead.size();
  return ready_;
}

}  // namespace cxxproxy::wire
