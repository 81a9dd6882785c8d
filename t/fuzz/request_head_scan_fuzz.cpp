#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "wire/request_head_scan.hpp"

/// The first bytes choose the limits and the cuts, the rest is what a client sends. What the scan says must not depend
/// on the cuts, must lie within the bytes, and must come with the very byte that decides it.
namespace {

using cxxproxy::wire::RequestHeadScan;
using State = RequestHeadScan::State;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Verdict {
  State state;
  std::size_t length;
  RequestHeadScan::BodyHint body;
  bool expects_continue;

  bool operator==(const Verdict&) const = default;
};

// Shows the first `step`, 2 * `step` ... bytes, each time elsewhere in memory; 0 shows all at once.
Verdict play(const RequestHeadScan::Limits& limits, std::string_view bytes, std::size_t step) {
  RequestHeadScan scan;
  scan.restart(limits);
  State state = State::Incomplete;
  std::size_t size = 0;
  do {
    size = step == 0 ? bytes.size() : std::min(size + step, bytes.size());
    const auto copy = std::make_unique<char[]>(size);
    std::copy_n(bytes.begin(), size, copy.get());
    const State before = state;
    state = scan.on_bytes({copy.get(), size});
    require(before == State::Incomplete || state == before);
  } while (size < bytes.size());
  require(scan.length() <= bytes.size());
  if (state != State::Complete) return {state, 0, {}, false};
  require(scan.length() > 0);
  return {state, scan.length(), scan.body(), scan.expects_continue()};
}

RequestHeadScan::Limits limits_from(const std::uint8_t* data) {
  return {.line = data[0], .field = data[1], .fields = data[2] % 16U};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t settings = 4;
  if (size < settings) return 0;
  const RequestHeadScan::Limits limits = limits_from(data);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + settings, size - settings);
  const Verdict whole = play(limits, bytes, 0);
  for (const std::size_t step : {std::size_t{1}, std::size_t{2} + data[3]}) {
    require(play(limits, bytes, step) == whole);
  }
  if (whole.state == State::Complete) {
    require(play(limits, bytes.substr(0, whole.length), 0) == whole);
    require(play(limits, bytes.substr(0, whole.length - 1), 0).state == State::Incomplete);
  }
  return 0;
}
