#include "wire/request_writer.hpp"

#include <algorithm>
#include <charconv>

#include "wire/fields.hpp"
#include "wire/url.hpp"

namespace cxxproxy::wire {

namespace {

// Enough for most heads; it is filled with zeros first, so no more than that.
constexpr std::size_t first_room = 512;

constexpr std::string_view line_end = "\r\n";

char* put(char* at, std::string_view text) noexcept { return std::copy(text.begin(), text.end(), at); }

}  // namespace

bool RequestWriter::refuse() {
  if (!refused_) out_.resize(begin_);
  refused_ = true;
  return false;
}

// Where as many bytes are to be written, all of them.
char* RequestWriter::room_for(std::size_t size) {
  if (out_.size() - end_ < size) grow(size);
  char* const room = out_.data() + end_;
  end_ += size;
  return room;
}

void RequestWriter::grow(std::size_t size) { out_.resize(end_ + std::max({size, end_ - begin_, first_room})); }

bool RequestWriter::start(std::string_view method, std::string_view target, int minor_version) {
  if (refused_ || !is_token(method) || target.empty() || has_ctl_or_space(target)) return refuse();
  if (minor_version != 0 && minor_version != 1) return refuse();
  const std::string_view version = minor_version == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n";
  char* at = put(room_for(method.size() + 1 + target.size() + version.size()), method);
  *at++ = ' ';
  put(put(at, target), version);
  return true;
}

bool RequestWriter::write(std::string_view good_name, std::initializer_list<std::string_view> pieces) {
  if (refused_) return false;
  std::size_t size = good_name.size() + 4;
  for (const std::string_view piece : pieces) {
    if (!is_field_value(piece)) return refuse();
    size += piece.size();
  }
  char* at = put(room_for(size), good_name);
  *at++ = ':';
  *at++ = ' ';
  for (const std::string_view piece : pieces) at = put(at, piece);
  *at++ = '\r';
  *at = '\n';
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

bool RequestWriter::field(FieldName known, std::string_view name, std::initializer_list<std::string_view> pieces) {
  return known != FieldName::Other ? write(name, pieces) : field(name, pieces);
}

bool RequestWriter::finish() {
  if (refused_) return false;
  put(room_for(line_end.size()), line_end);
  out_.resize(end_);
  return true;
}

std::size_t write_chunk_prefix(char (&out)[18], std::uint64_t size) noexcept {
  char* end = std::to_chars(out, out + 16, size, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return static_cast<std::size_t>(end - out);
}

}  // namespace cxxproxy::wire
