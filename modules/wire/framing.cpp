#include "wire/framing.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace cxxproxy::wire {

namespace {

struct FramingFields {
  std::optional<std::uint64_t> length;
  int lengths = 0;  // how often it was told
  bool chunked = false;
  bool close = false;
  bool keep_alive = false;
};

std::optional<std::uint64_t> parse_length(std::string_view text) noexcept {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  std::uint64_t length = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, length);
  if (result.ec != std::errc{} || result.ptr != end || length > most) return std::nullopt;
  return length;
}

void collect_options(std::string_view connection_value, FramingFields& found) {
  if (iequals(connection_value, "keep-alive")) {
    found.keep_alive = true;
    return;
  }
  for_each_member(connection_value, connection_separators, [&found](std::string_view option) {
    found.close = found.close || iequals(option, "close");
    found.keep_alive = found.keep_alive || iequals(option, "keep-alive");
  });
}

std::optional<Fault> collect(const Field& field, FramingFields& found) {
  if (field.known == FieldName::Connection) {
    collect_options(field.value, found);
  } else if (field.known == FieldName::TransferEncoding) {
    if (found.chunked || !iequals(field.value, "chunked")) return Fault::BadTransferCoding;
    found.chunked = true;
  } else if (field.known == FieldName::ContentLength) {
    const auto length = parse_length(field.value);
    if (!length || (found.length && found.length != length)) return Fault::BadContentLength;
    found.length = length;
    ++found.lengths;
  }
  return std::nullopt;
}

void remove_lengths(std::vector<Field>& fields, bool keep_first) {
  const auto superfluous = [&](const Field& field) {
    return field.known == FieldName::ContentLength && !std::exchange(keep_first, false);
  };
  std::erase_if(fields, superfluous);
}

BodyFraming body_of(const AnswerKind& kind, const FramingFields& found) noexcept {
  if (kind.head_request || kind.status == 204 || kind.status == 304) return BodyFraming::None;
  if (found.chunked) return BodyFraming::Chunked;
  return found.length ? BodyFraming::Length : BodyFraming::UntilClose;
}

// Whoever sends a Transfer-Encoding with HTTP/1.0, or beside a Content-Length, has passed it on without understanding
// it, or attacks: nothing behind that answer can be trusted.
bool is_reusable(const AnswerKind& kind, const FramingFields& found) noexcept {
  if (found.close || (found.chunked && (found.length || kind.minor_version == 0))) return false;
  return kind.minor_version > 0 || found.keep_alive;
}

}  // namespace

std::optional<Fault> decide_framing(const AnswerKind& kind, std::vector<Field>& fields, Framing& out) {
  FramingFields found;
  for (const Field& field : fields) {
    if (const std::optional<Fault> fault = collect(field, found)) return fault;
  }
  if (found.lengths > (found.chunked ? 0 : 1)) remove_lengths(fields, !found.chunked);
  out.body = body_of(kind, found);
  out.length = out.body == BodyFraming::Length ? *found.length : 0;
  out.reusable = is_reusable(kind, found) && out.body != BodyFraming::UntilClose;
  return std::nullopt;
}

}  // namespace cxxproxy::wire
