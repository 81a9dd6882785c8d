#include "wire/request_writer.hpp"

#include <algorithm>
#include <charconv>

#include "wire/fields.hpp"
#include "wire/url.hpp"

namespace cxxproxy::wire {

bool RequestWriter::refuse() {
  if (!refused_) out_.resize(begin_);
  refused_ = true;
  return false;
}

bool RequestWriter::start(std::string_view method, std::string_view target, int minor_version) {
  if (refused_ || !is_token(method) || target.empty() || has_ctl_or_space(target)) return refuse();
  if (minor_version != 0 && minor_version != 1) return refuse();
  out_.append(method).append(1, ' ').append(target).append(minor_version == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
  return true;
}

bool RequestWriter::write(std::string_view good_name, std::initializer_list<std::string_view> pieces) {
  if (refused_) return false;
  out_.append(good_name).append(": ");
  for (const std::string_view piece : pieces) {
    if (!is_field_value(piece)) return refuse();
    out_.append(piece);
  }
  out_.append("\r\n");
  return true;
}

bool RequestWriter::field(FieldName name, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return field(name, std::string_view(digits, static_cast<std::size_t>(end - digits)));
}

bool RequestWriter::field(std::string_view name, std::initializer_list<std::string_view> pieces) {
  return is_token(name) ? write(name, pieces) : refuse();
}

bool RequestWriter::finish() {
  if (refused_) return false;
  out_.append("\r\n");
  return true;
}

std::size_t write_chunk_prefix(char (&out)[18], std::uint64_t size) noexcept {
  char* end = std::to_chars(out, out + 16, size, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return static_cast<std::size_t>(end - out);
}

}  // namespace cxxproxy::wire
