#include "backend/http2/request_head.hpp"

#include <algorithm>

#include "wire/characters.hpp"
#include "wire/url.hpp"

namespace cxxproxy::backend {
namespace {

using wire::FieldName;

// Enough for most heads.
constexpr std::size_t first_room = 1024;

bool stays_here(FieldName known, std::string_view name) noexcept {
  switch (known) {
    case FieldName::Connection:
    case FieldName::Host:
    case FieldName::KeepAlive:
    case FieldName::ProxyConnection:
    case FieldName::Te:
    case FieldName::TransferEncoding:
    case FieldName::Upgrade:
      return true;
    case FieldName::Other:
      return wire::iequals(name, "http2-settings");
    default:
      return false;
  }
}

bool is_secret(FieldName known, std::string_view name) noexcept {
  return known == FieldName::Authorization || known == FieldName::ProxyAuthorization ||
         (known == FieldName::Other && wire::iequals(name, "cookie"));
}

bool is_path(const Http2RequestHead::Line& line) noexcept {
  if (line.path == "*") return line.method == "OPTIONS";
  return line.path.starts_with('/') && !wire::has_ctl_or_space(line.path);
}

}  // namespace

bool Http2RequestHead::refuse() noexcept {
  refused_ = true;
  return false;
}

// Where so many bytes are to be written.
char* Http2RequestHead::room_for(std::size_t size) {
  if (text_.size() - end_ < size) text_.resize(std::max({first_room, 2 * text_.size(), end_ + size}));
  return text_.data() + end_;
}

void Http2RequestHead::note(const Place& place) {
  places_.push_back(place);
  bytes_ += place.name_size + place.value_size;
}

void Http2RequestHead::put(std::string_view constant_name, std::string_view value) {
  std::copy(value.begin(), value.end(), room_for(value.size()));
  note({constant_name.data(), constant_name.size(), end_, value.size(), false});
  end_ += value.size();
}

void Http2RequestHead::start_trailer() noexcept {
  end_ = bytes_ = 0;
  places_.clear();
  refused_ = finished_ = head_request_ = false;
  trailer_ = true;
}

bool Http2RequestHead::start(const Line& line) {
  start_trailer();
  trailer_ = false;
  head_request_ = line.method == "HEAD";
  const bool good_scheme = line.scheme == "http" || line.scheme == "https";
  if (!wire::is_token(line.method) || line.method == "CONNECT" || !good_scheme) return refuse();
  if (!is_path(line) || wire::has_ctl_or_space(line.authority)) return refuse();
  put(":method", line.method);
  put(":scheme", line.scheme);
  if (!line.authority.empty()) put(":authority", line.authority);
  put(":path", line.path);
  return true;
}

// Blanks around the value go; pieces that are nothing else, too.
bool Http2RequestHead::write(FieldName known, std::string_view name, std::initializer_list<std::string_view> pieces) {
  if (refused_) return false;
  if (trailer_ && wire::dropped_from_trailer(known)) return refuse();
  if (stays_here(known, name)) return true;
  std::size_t size = name.size();
  for (const std::string_view piece : pieces) {
    if (!wire::is_field_value(piece)) return refuse();
    size += piece.size();
  }
  char* const begin = room_for(size);
  const std::string_view constant = wire::lower_spelling(known);
  char* const value = constant.empty() ? std::transform(name.begin(), name.end(), begin, wire::lower) : begin;
  char* end = value;
  for (std::string_view piece : pieces) {
    while (end == value && !piece.empty() && wire::is_blank(piece.front())) piece.remove_prefix(1);
    end = std::copy(piece.begin(), piece.end(), end);
  }
  while (end != value && wire::is_blank(end[-1])) --end;
  const auto place = [&](const char* at) { return static_cast<std::size_t>(at - text_.data()); };
  note({constant.empty() ? nullptr : constant.data(), name.size(), place(value), place(end) - place(value),
        is_secret(known, name)});
  end_ = place(end);
  return true;
}

bool Http2RequestHead::field(std::string_view name, std::initializer_list<std::string_view> pieces) {
  return field(wire::field_name(name), name, pieces);
}

bool Http2RequestHead::field(FieldName known, std::string_view name, std::initializer_list<std::string_view> pieces) {
  return known != FieldName::Other || wire::is_token(name) ? write(known, name, pieces) : refuse();
}

bool Http2RequestHead::fields(std::span<const wire::Field> all) {
  wire::ConnectionOptions options;
  for (const wire::Field& field : all) {
    if (field.known == FieldName::Connection) options.add(field.value);
  }
  if (options.too_many()) return refuse();
  for (const wire::Field& one : all) {
    if (!options.lists(one.name) && !field(one.known, one.name, {one.value})) return false;
  }
  return !refused_;
}

bool Http2RequestHead::finish() {
  if (refused_) return false;
  if (!trailer_) put("te", "trailers");
  if (bytes_ + places_.size() * 32 > most_bytes) return refuse();
  return finished_ = true;
}

}  // namespace cxxproxy::backend
