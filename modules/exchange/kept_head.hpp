// The head of an answer, kept for later.
#pragma once

#include "backend/http2/fields.hpp"
#include "wire/response_reader.hpp"

namespace cxxproxy::exchange {

// With the memory that its views are of. Nothing throws, nothing is copied.
struct KeptHead {
  // `memory` holds what `of` views; for it comes what was kept before.
  void take(const wire::Head& of, backend::Http2Fields& memory) noexcept {
    fields.swap(memory);
    head = of;
  }

  backend::Http2Fields fields;
  wire::Head head;
};

}  // namespace cxxproxy::exchange
