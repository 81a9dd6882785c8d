#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "wire/chunk_hold.hpp"
#include "wire/chunk_reader.hpp"

/// The first bytes choose the cuts, the reader's appetite and a length, the rest is a body and what follows it; a byte
/// of 0xff in it stands for that length of x. What is given out and what is held are the body, however it is cut and
/// taken; never more than the limit is held, nothing once it is over, and no last chunk is given out before its
/// trailers.
namespace {

using namespace cxxproxy::wire;

void require(bool holds) {
  if (!holds) std::abort();
}

// `ahead` in memory that ends where it ends.
std::size_t look(ChunkHold& hold, std::string_view ahead) {
  const auto copy = std::make_unique<char[]>(ahead.size());
  std::copy_n(ahead.begin(), ahead.size(), copy.get());
  const std::size_t ready = hold.ready({copy.get(), ahead.size()});
  require(ready <= ahead.size());
  require(ahead.size() - ready <= ChunkHold::most);
  require(!hold.over() || ready == ahead.size());
  require(hold.ready(ahead) == ready);
  return ready;
}

struct Outcome {
  std::size_t given = 0;
  bool over = false;

  bool operator==(const Outcome&) const = default;
};

// `step` bytes come at a time, and at most `appetite` are taken; 0: all.
Outcome play(std::string_view body, std::size_t step, std::size_t appetite) {
  ChunkHold hold;
  hold.start();
  std::size_t given = 0;
  std::size_t there = 0;
  do {
    there = step == 0 ? body.size() : std::min(there + step, body.size());
    bool was_over = hold.over();
    std::size_t ready = look(hold, body.substr(given, there - given));
    require(!was_over || hold.over());
    while (ready > 0) {
      const std::size_t taken = appetite == 0 ? ready : std::min(ready, appetite);
      was_over = hold.over();
      hold.given(taken);
      given += taken;
      ready -= taken;
      require(look(hold, body.substr(given, there - given)) == ready && hold.over() == was_over);
    }
  } while (there < body.size());
  require(!hold.over() || given == body.size());
  return {given, hold.over()};
}

// Where the last chunk begins and where its trailers end, if everything before is framed as it should be.
struct Ends {
  bool broken = false;
  std::optional<std::size_t> last_chunk;
  std::optional<std::size_t> trailers;
};

Ends find_ends(std::string_view body) {
  ChunkReader reader;
  reader.start(ChunkHold::most);
  std::string_view rest = body;
  Ends ends;
  std::size_t line = 0;  // where the size line at hand begins
  for (;;) {
    const ChunkReader::Result result = reader.on_bytes(rest);
    const std::size_t at = body.size() - rest.size();
    if (result == ChunkReader::Result::Data) {
      line = at + 2;
      continue;
    }
    ends.broken = result == ChunkReader::Result::Broken;
    if (result != ChunkReader::Result::LastChunk) return ends;
    ends.last_chunk = line;
    for (std::size_t from = at; from < body.size();) {
      const std::size_t end = body.find('\n', from);
      if (end == std::string_view::npos) break;
      if (end - from == 0 || body.substr(from, end - from) == "\r") {
        ends.trailers = end + 1;
        break;
      }
      from = end + 1;
    }
    return ends;
  }
}

void check_ends(std::string_view body, const Outcome& outcome) {
  const Ends ends = find_ends(body);
  if (ends.broken) return;
  require(outcome.over == ends.trailers.has_value());
  if (ends.last_chunk && !ends.trailers) require(outcome.given == *ends.last_chunk);
}

std::string expanded(std::string_view bytes, std::size_t length) {
  std::string body;
  for (const char byte : bytes) {
    if (byte == '\xff') {
      body.append(length, 'x');
    } else {
      body += byte;
    }
  }
  return body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t settings = 3;
  constexpr std::size_t most_bytes = 4 * ChunkHold::most;
  if (size < settings) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + settings, size - settings);
  const std::string body = expanded(bytes, data[2] * std::size_t{300});
  if (body.size() > most_bytes) return 0;
  const Outcome whole = play(body, 0, 0);
  const std::size_t step = 2U + data[0];
  const std::size_t appetite = 1U + data[1];
  if (body.size() > ChunkHold::most) {
    // A line beyond the limit is seen as one only if it comes in pieces.
    play(body, std::max(step, body.size() / 64), std::max(appetite, body.size() / 64));
    return 0;
  }
  check_ends(body, whole);
  if (body.size() < 1024) {
    require(play(body, 1, 0) == whole);
    require(play(body, 0, 1) == whole);
  }
  require(play(body, std::max(step, body.size() / 64), 0) == whole);
  require(play(body, std::max(step, body.size() / 64), std::max(appetite, body.size() / 64)) == whole);
  return 0;
}
