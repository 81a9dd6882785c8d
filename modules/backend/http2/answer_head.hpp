// The fields of one head or trailer as they come out of a backend's field compression.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/http2/fault.hpp"
#include "backend/http2/limits.hpp"
#include "wire/response_reader.hpp"

namespace cxxproxy::backend {

// Copies what it is given into one block, laid out as wire::ResponseHead promises it. Trusts nghttp2 for characters and
// for what may come at all; keeps the limits. Alt-Svc is left out: where else the backend may be found is not for
// clients of ours. A connection needs only one, because nothing comes between the parts of a head. One thread; no
// allocation once warm.
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

  // Without `:status`. Valid until start(), or the next add().
  std::span<const wire::Field> fields();

  wire::ResponseHead head() { return {.minor_version = 1, .status = status_, .reason = {}, .fields = fields()}; }

  // Memory beyond what heads usually need goes back.
  void shrink();

 private:
  struct Place {
    std::size_t name, name_size, value, value_size;
    wire::FieldName known;
  };

  const Http2Limits& limits_;
  std::string text_;
  std::vector<Place> places_;
  std::vector<wire::Field> views_;
  std::size_t size_ = 0;  // as RFC 9113 section 6.5.2 counts it
  int status_ = 0;
  std::optional<std::uint64_t> length_;
};

}  // namespace cxxproxy::backend
