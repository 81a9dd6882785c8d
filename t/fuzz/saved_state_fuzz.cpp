#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "balance/saved_state.hpp"

/// Any bytes are a file: it is read or refused with a reason. What is read is written and read again as it was. So that
/// the sum at the end does not keep everything out, the bytes are also the value of a line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cxxproxy::balance;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string wrong;
  if (const auto lines = read_saved(bytes, wrong)) {
    const auto again = read_saved(write_saved(*lines), wrong);
    if (!again || again->size() != lines->size()) std::abort();
  } else if (wrong.empty()) {
    std::abort();
  }
  SavedLine line{"member", {}};
  line.set("key", bytes);
  const auto read = read_saved(write_saved({line, line}), wrong);
  if (!read || read->size() != 2 || read->back().text("key") != bytes) std::abort();
  static_cast<void>(line.number("key"));
  return 0;
}
