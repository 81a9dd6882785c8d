#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "wire/fault.hpp"
#include "wire/fields.hpp"

namespace cxxproxy::wire {

// How a message body ends (RFC 9112 section 6.3).
enum class BodyFraming : std::uint8_t { None, Length, Chunked, UntilClose };

// What decides about it, besides the fields.
struct AnswerKind {
  int minor_version = 1;
  int status = 0;             // final, so from 200 on
  bool head_request = false;  // it answers a HEAD
};

struct Framing {
  BodyFraming body = BodyFraming::None;
  std::uint64_t length = 0;
  bool reusable = false;  // once the body has been read to its end, the connection can carry another exchange
};

// Decides from the head of a final answer where its body ends, and stores that in `out`. From `fields` it removes
// every Content-Length beyond the first, and all of them beside a Transfer-Encoding, so that no two of them can
// disagree.
//
// Only a single `chunked` passes as transfer coding, only plain digits below 2^63 as length, and repeated lengths must
// be equal; else it returns the fault, also where the answer has no body.
std::optional<Fault> decide_framing(const AnswerKind& kind, std::vector<Field>& fields, Framing& out);

}  // namespace cxxproxy::wire
