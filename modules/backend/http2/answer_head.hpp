// The fields of one head or trailer as they come out of a backend's field compression.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "backend/http2/fault.hpp"
#include "backend/http2/fields.hpp"
#include "backend/http2/limits.hpp"
#include "wire/response_reader.hpp"

namespace cxxproxy::backend {

// Trusts nghttp2 for characters and for what may come at all; keeps the limits. Alt-Svc is left out: where else the
// backend may be found is not for clients of ours. A connection needs only one, because nothing comes between the parts
// of a head. One thread; no allocation once warm.
class Http2AnswerHead {
 public:
  explicit Http2AnswerHead(const Http2Limits& limits) noexcept : limits_(limits) {}

  void start() noexcept;

  // The next field. What is wrong with it, if anything is.
  std::optional<Http2Fault> add(std::string_view name, std::string_view value);

  // 100-599; 0: no `:status` came.
  int status() const noexcept { return status_; }

  // Content-Length, where one came that is a number.
  std::optional<std::uint64_t> length() const noexcept { return length_; }

  // Without `:status`. It may be swapped for another's.
  Http2Fields& fields() noexcept { return fields_; }

  // Valid until start(), or the next add(); longer for whoever takes fields().
  wire::ResponseHead head() const noexcept {
    return {.minor_version = 1, .status = status_, .reason = {}, .fields = fields_.views()};
  }

  // Memory beyond what heads usually need goes back.
  void shrink() noexcept;

 private:
  const Http2Limits& limits_;
  Http2Fields fields_;
  std::size_t size_ = 0;  // as RFC 9113 section 6.5.2 counts it
  int status_ = 0;
  std::optional<std::uint64_t> length_;
};

}  // namespace cxxproxy::backend
