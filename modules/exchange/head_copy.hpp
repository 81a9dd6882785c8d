// The head of an answer, kept for later.
#pragma once

#include "wire/response_reader.hpp"

#include <string>
#include <vector>

namespace cxxproxy::exchange {

// Laid out as wire::ResponseHead promises it; its reason is empty, as HTTP/2 has it. It stays where it is, since its
// views are into its own memory, and allocates only until it is warm.
struct HeadCopy {
  HeadCopy() = default;
  HeadCopy(const HeadCopy&) = delete;
  HeadCopy& operator=(const HeadCopy&) = delete;

  // Throws std::bad_alloc.
  void take(const wire::Head& from);

  std::string text;
  std::vector<wire::Field> fields;
  wire::Head head;
};

}  // namespace cxxproxy::exchange
