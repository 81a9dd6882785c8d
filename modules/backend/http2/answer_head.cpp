#include "backend/http2/answer_head.hpp"

#include <charconv>

namespace cxxproxy::backend {
namespace {

constexpr std::size_t field_overhead = 32;
constexpr std::size_t usual_size = 16384;

template <class Number>
std::optional<Number> number_of(std::string_view text) noexcept {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc{} || result.ptr != end) return std::nullopt;
  return number;
}

}  // namespace

void Http2AnswerHead::start() noexcept {
  fields_.clear();
  size_ = 0;
  status_ = 0;
  length_.reset();
}

std::optional<Http2Fault> Http2AnswerHead::add(std::string_view name, std::string_view value) {
  size_ += name.size() + value.size() + field_overhead;
  if (size_ > limits_.head || name.size() + value.size() > limits_.field) return Http2Fault::HeadTooLarge;
  if (name == ":status") {
    status_ = number_of<int>(value).value_or(0);
    return status_ < 100 || status_ > 599 ? std::optional(Http2Fault::BadStatus) : std::nullopt;
  }
  if (fields_.size() >= limits_.fields) return Http2Fault::TooManyFields;
  const wire::FieldName known = wire::field_name(name);
  if (known == wire::FieldName::Other && name == "alt-svc") return std::nullopt;
  if (known == wire::FieldName::ContentLength) length_ = number_of<std::uint64_t>(value);
  fields_.add(name, value, known);
  return std::nullopt;
}

void Http2AnswerHead::shrink() noexcept {
  if (fields_.memory() > usual_size) fields_ = Http2Fields();
}

}  // namespace cxxproxy::backend
