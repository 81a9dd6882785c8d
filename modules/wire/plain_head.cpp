#include "wire/plain_head.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace cxxproxy::wire {
namespace {

// What httpd's core has numbers for (RegisteredMethods) and reads no differently from a GET: CONNECT has a target of
// another form.
constexpr std::array<std::string_view, 7> methods{"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"};

// With the space before it.
constexpr std::size_t version_size = 9;

// As many digits as any number of the core's may have.
constexpr std::size_t most_digits = 18;

// The core refuses a fragment or not, as HttpProtocolOptions say.
bool is_path(std::string_view target) noexcept {
  return target.starts_with('/') && !has_below_or_del<'!'>(target) && target.find('#') == std::string_view::npos;
}

bool is_request_line(std::string_view line) noexcept {
  if (!line.ends_with(" HTTP/1.1") && !line.ends_with(" HTTP/1.0")) return false;
  line.remove_suffix(version_size);
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_path(line.substr(space + 1))) return false;
  return std::find(methods.begin(), methods.end(), line.substr(0, space)) != methods.end();
}

// The same for a name in any case; seldom the same for two names of one head.
std::uint8_t mark_of(std::string_view name) noexcept {
  const auto low = [](char c) { return static_cast<unsigned>(static_cast<unsigned char>(c)) | 0x20U; };
  const unsigned middle = low(name[name.size() / 2]);
  return static_cast<std::uint8_t>(name.size() * 29 + low(name.front()) * 7 + middle * 11 + low(name.back()) * 3);
}

}  // namespace

bool PlainHead::read(std::string_view all, const Limits& limits) noexcept {
  const std::size_t longest = std::min(limits.line, limits.field);
  std::string_view rest = all.substr(0, longest);
  if (!take_line(rest, request_line_) || !is_request_line(request_line_)) return false;
  count_ = 0;
  most_ = limits.fields == 0 ? most_fields : std::min(limits.fields, most_fields);
  repeats_ = false;
  body_ = {};
  seen_.reset();
  for (std::string_view line; take_line(rest, line);) {
    if (line.empty()) {
      bytes_ = all.substr(0, static_cast<std::size_t>(rest.data() - all.data()));
      return true;
    }
    if (!add(line)) return false;
  }
  return false;
}

bool PlainHead::take_line(std::string_view& rest, std::string_view& line) const noexcept {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos || end == 0 || rest[end - 1] != '\r') return false;
  line = rest.substr(0, end - 1);
  rest.remove_prefix(end + 1);
  return true;
}

bool PlainHead::add(std::string_view line) noexcept {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || count_ == most_) return false;
  Field& field = fields_[count_];
  field.name = line.substr(0, colon);
  field.value = trim_ows(line.substr(colon + 1));
  field.known = field_name(field.name);
  if (field.known == FieldName::Other && !is_token(field.name)) return false;
  if (!is_field_value(field.value)) return false;
  if (field.known == FieldName::TransferEncoding || field.known == FieldName::Expect) return false;
  if (field.known == FieldName::ContentLength && !on_content_length(field.value)) return false;
  if (came_before(field)) repeats_ = true;
  ++count_;
  return true;
}

bool PlainHead::on_content_length(std::string_view value) noexcept {
  if (body_.kind != BodyHint::Kind::None || value.empty() || value.size() > most_digits) return false;
  body_.kind = BodyHint::Kind::Length;
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, body_.length);
  return error == std::errc() && stop == end;
}

bool PlainHead::came_before(const Field& field) noexcept {
  const std::uint8_t mark = mark_of(field.name);
  if (!seen_[mark]) {
    seen_[mark] = true;
    return false;
  }
  const auto before = fields().first(count_);
  return std::any_of(before.begin(), before.end(), [&](const Field& one) { return iequals(one.name, field.name); });
}

}  // namespace cxxproxy::wire
