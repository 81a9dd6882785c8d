#include "backend/http2/request_head.hpp"

#include <algorithm>

#include "wire/characters.hpp"
#include "wire/url.hpp"

namespace cxxproxy::backend {
namespace {

using wire::FieldName;

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

void Http2RequestHead::put(std::string_view lower_name, std::string_view value) {
  places_.push_back({text_.size(), lower_name.size(), value.size(), false});
  text_.append(lower_name).append(value);
}

void Http2RequestHead::start_trailer() noexcept {
  text_.clear();
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

bool Http2RequestHead::write(std::string_view name, FieldName known, std::initializer_list<std::string_view> pieces) {
  if (refused_) return false;
  if (trailer_ && wire::dropped_from_trailer(known)) return refuse();
  if (stays_here(known, name)) return true;
  const std::size_t begin = text_.size();
  text_.append(name);
  std::transform(name.begin(), name.end(), text_.begin() + static_cast<std::ptrdiff_t>(begin), wire::lower);
  const std::size_t value_begin = text_.size();
  for (std::string_view piece : pieces) {
    if (!wire::is_field_value(piece)) return refuse();
    const bool first = text_.size() == value_begin;
    while (first && !piece.empty() && wire::is_blank(piece.front())) piece.remove_prefix(1);
    text_.append(piece);
  }
  while (text_.size() > value_begin && wire::is_blank(text_.back())) text_.pop_back();
  places_.push_back({begin, name.size(), text_.size() - value_begin, is_secret(known, name)});
  return true;
}

bool Http2RequestHead::field(std::string_view name, std::initializer_list<std::string_view> pieces) {
  return wire::is_token(name) ? write(name, wire::field_name(name), pieces) : refuse();
}

bool Http2RequestHead::fields(std::span<const wire::Field> all) {
  wire::ConnectionOptions options;
  for (const wire::Field& field : all) {
    if (field.known == FieldName::Connection) options.add(field.value);
  }
  if (options.too_many()) return refuse();
  for (const wire::Field& one : all) {
    if (!options.lists(one.name) && !field(one.name, one.value)) return false;
  }
  return !refused_;
}

bool Http2RequestHead::finish() {
  if (refused_) return false;
  if (!trailer_) put("te", "trailers");
  if (text_.size() + places_.size() * 32 > most_bytes) return refuse();
  return finished_ = true;
}

}  // namespace cxxproxy::backend
