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
  text_.clear();
  places_.clear();
  views_.clear();
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
  if (places_.size() >= limits_.fields) return Http2Fault::TooManyFields;
  const wire::FieldName known = wire::field_name(name);
  if (known == wire::FieldName::Other && name == "alt-svc") return std::nullopt;
  if (known == wire::FieldName::ContentLength) length_ = number_of<std::uint64_t>(value);
  const std::size_t begin = text_.size();
  text_.append(name).push_back('\0');
  text_.append(value).push_back('\0');
  places_.push_back({begin, name.size(), begin + name.size() + 1, value.size(), known});
  return std::nullopt;
}

std::span<const wire::Field> Http2AnswerHead::fields() {
  const std::string_view text = text_;
  views_.clear();
  for (const Place& place : places_) {
    views_.push_back(
        {text.substr(place.name, place.name_size), text.substr(place.value, place.value_size), place.known});
  }
  return views_;
}

void Http2AnswerHead::shrink() {
  if (text_.capacity() <= usual_size) return;
  start();
  text_.shrink_to_fit();
}

}  // namespace cxxproxy::backend
