#include "wire/request_head_scan.hpp"

#include <algorithm>
#include <charconv>

#include "wire/characters.hpp"
#include "wire/fields.hpp"

// The rules are those of ap_rgetline_core, read_request_line, ap_parse_request_line and ap_get_mime_headers_core in
// httpd's server/protocol.c. Where it depends on the configuration whether they refuse a line, we take it that they go
// on reading: a head that is held a little longer than need be does no harm.
namespace cxxproxy::wire {
namespace {

constexpr std::size_t most_blank_lines = 10;

// apr_isspace
constexpr auto is_space = [](char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); };

// The word at the front of `text`, taken from there with the spaces before it.
std::string_view take_word(std::string_view& text) noexcept {
  const char* const begin = std::find_if_not(text.begin(), text.end(), is_space);
  const char* const end = std::find_if(begin, text.end(), is_space);
  text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  return {begin, static_cast<std::size_t>(end - begin)};
}

// Anything else is refused at once, or means HTTP/0.9.
bool is_version(std::string_view word) noexcept {
  return word.size() == 8 && iequals(word.substr(0, 5), "HTTP/") && is_digit(word[5]) && word[5] != '0' &&
         word[6] == '.' && is_digit(word[7]);
}

// `GET /target HTTP/1.1` and nothing odd about it, as nearly all are.
bool is_plain(std::string_view line) noexcept {
  constexpr std::string_view version = " HTTP/1.";
  if (line.size() <= version.size() + 1 || !is_digit(line.back())) return false;
  const std::size_t target_end = line.size() - version.size() - 1;
  if (line.substr(target_end, version.size()) != version) return false;
  const std::size_t blank = line.find(' ');
  if (blank == 0 || blank + 1 >= target_end) return false;
  return !has_below_or_del<'!'>(line.substr(0, blank)) &&
         !has_below_or_del<'!'>(line.substr(blank + 1, target_end - blank - 1));
}

bool has_fields(std::string_view request_line) noexcept {
  if (is_plain(request_line)) return true;
  std::string_view left = request_line.substr(0, request_line.find('\0'));  // a C string to the core
  take_word(left);
  take_word(left);
  return is_version(take_word(left));
}

std::string_view without_end(std::string_view raw) noexcept {
  raw.remove_suffix(1);
  if (raw.ends_with('\r')) raw.remove_suffix(1);
  return raw;
}

// The last blank stays, so that a line of blanks does not become an empty one.
std::string_view without_trailing_blanks(std::string_view line) noexcept {
  while (line.size() > 1 && is_blank(line.back())) line.remove_suffix(1);
  return line;
}

bool is_field(std::string_view line, std::string_view name) noexcept {
  return line.size() > name.size() && line[name.size()] == ':' && iequals(line.substr(0, name.size()), name);
}

std::string_view value_of(std::string_view line, std::string_view name) noexcept {
  return trim_ows(line.substr(name.size() + 1));
}

}  // namespace

void RequestHeadScan::restart(const Limits& limits) noexcept {
  *this = RequestHeadScan();
  limits_ = limits;
}

RequestHeadScan::State RequestHeadScan::on_bytes(std::string_view all) noexcept {
  while (state_ == State::Incomplete) {
    const std::size_t size = next_line(all);
    if (size == 0) break;
    const std::string_view raw = all.substr(line_begin_, size);
    line_begin_ += size;
    looked_at_ = line_begin_;
    on_line(without_end(raw));
  }
  if (state_ == State::Incomplete && !is_bounded() && all.size() > most) state_ = State::TooLarge;
  return state_;
}

// Of the line at line_begin_ with its end; 0 when it is not whole or longer than the core reads.
std::size_t RequestHeadScan::next_line(std::string_view all) noexcept {
  const std::size_t end = all.find('\n', looked_at_);
  const bool whole = end != std::string_view::npos;
  looked_at_ = whole ? end : all.size();
  const std::size_t size = looked_at_ - line_begin_ + (whole ? 1 : 0);
  if (!too_long(all.substr(line_begin_, size))) return whole ? size : 0;
  line_begin_ += longest_line() + 1;
  finish();
  return 0;
}

// The core has room for longest_line(), but a line feed after a carriage return needs none.
bool RequestHeadScan::too_long(std::string_view raw) const noexcept {
  const std::size_t longest = longest_line();
  if (raw.size() <= longest) return false;
  return raw.size() > longest + 1 || !raw.ends_with("\r\n");
}

std::size_t RequestHeadScan::longest_line() const noexcept {
  const std::size_t limit = part_ == Part::RequestLine ? limits_.line : limits_.field;
  return limit == 0 ? std::string_view::npos - 1 : limit + 2;
}

void RequestHeadScan::on_line(std::string_view line) noexcept {
  if (part_ == Part::RequestLine) return on_request_line(line);
  if (line.empty()) return finish();
  line = without_trailing_blanks(line);
  return is_blank(line.front()) ? on_fold(line) : on_field(line);
}

void RequestHeadScan::on_request_line(std::string_view line) noexcept {
  if (line.empty()) {
    if (++lines_ > most_blank_lines) finish();
    return;
  }
  if (!has_fields(line)) return finish();
  part_ = Part::Fields;
  lines_ = 0;
}

void RequestHeadScan::on_field(std::string_view line) noexcept {
  constexpr std::string_view content_length = "Content-Length";
  constexpr std::string_view transfer_encoding = "Transfer-Encoding";
  constexpr std::string_view expect = "Expect";
  // The core counts a field once it has read the line after it.
  ++lines_;
  if (limits_.fields != 0 && lines_ > limits_.fields + 1) return finish();
  field_size_ = line.size();
  last_field_ = FieldKind::Other;
  if (is_field(line, content_length)) {
    last_field_ = FieldKind::ContentLength;
    on_content_length(value_of(line, content_length));
  } else if (is_field(line, transfer_encoding)) {
    body_ = {BodyHint::Kind::Unknown, 0};
  } else if (is_field(line, expect)) {
    last_field_ = FieldKind::Expect;
    if (list_contains(value_of(line, expect), "100-continue")) expects_continue_ = true;
  }
}

void RequestHeadScan::on_fold(std::string_view line) noexcept {
  if (field_size_ == 0 || line.size() == 1) return finish();
  while (is_blank(line[1])) line.remove_prefix(1);
  if (limits_.field != 0 && field_size_ + line.size() + 1 >= limits_.field) return finish();
  field_size_ += line.size();
  if (last_field_ == FieldKind::ContentLength) body_ = {BodyHint::Kind::Unknown, 0};
  if (last_field_ == FieldKind::Expect) expects_continue_ = true;
}

void RequestHeadScan::on_content_length(std::string_view value) noexcept {
  const bool first = body_.kind == BodyHint::Kind::None;
  body_ = {BodyHint::Kind::Unknown, 0};
  if (!first || value.empty() || !is_digit(value.front())) return;
  std::int64_t length = 0;  // as large as the core's may be
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, length);
  if (error == std::errc() && stop == end) body_ = {BodyHint::Kind::Length, static_cast<std::uint64_t>(length)};
}

void RequestHeadScan::finish() noexcept {
  state_ = !is_bounded() && line_begin_ > most ? State::TooLarge : State::Complete;
}

}  // namespace cxxproxy::wire
