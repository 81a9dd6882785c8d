#include "wire/response_reader.hpp"

#include <algorithm>
#include <utility>

#include "wire/characters.hpp"

namespace cxxproxy::wire {

namespace {

constexpr std::string_view protocol = "HTTP/";

// Whether a line that may still grow can become a status line. A peer that speaks another protocol often sends a
// greeting without a line end and then waits: that must not cost a timeout.
bool may_become_status_line(std::string_view line) noexcept {
  return line.empty() || line == "\r" || line.starts_with(protocol.substr(0, line.size()));
}

// `HTTP/d.d ddd`, then the end or anything: what the stock proxy, too, takes for a status line.
bool looks_like_status_line(std::string_view line) noexcept {
  return line.size() >= 12 && line.starts_with(protocol) && is_digit(line[5]) && line[6] == '.' && is_digit(line[7]) &&
         line[8] == ' ' && is_digit(line[9]) && is_digit(line[10]) && is_digit(line[11]);
}

}  // namespace

void ResponseReader::start(const Options& options) {
  options_ = options;
  state_ = State::NextHead;
  started_ = false;
  interims_ = 0;
  put_back_ = {};
}

Event ResponseReader::on_bytes(std::string_view& in) {
  if (state_ == State::Over) return NeedMore{};
  started_ = started_ || !in.empty();
  if (!put_back_.empty()) {
    Event event = step(put_back_);
    if (!std::holds_alternative<NeedMore>(event)) return event;
  }
  return step(in);
}

Event ResponseReader::step(std::string_view& in) {
  if (state_ == State::NextHead) begin_block(State::StatusLine, LineBlock::LineEnd::Any);
  switch (state_) {
    case State::Length:
    case State::UntilClose:
      return read_sized(in);
    case State::Chunked:
      return read_chunked(in);
    case State::Trailer:
      return read_trailer(in);
    case State::Complete:
      return complete({});
    default:
      return read_head(in);
  }
}

Event ResponseReader::on_close() {
  switch (state_) {
    case State::Over:
      return NeedMore{};
    case State::NextHead:
    case State::StatusLine:
    case State::Fields:
      return broken(started_ ? Fault::ClosedInHead : Fault::ClosedBeforeAnswer);
    case State::Complete:
    case State::UntilClose:
      framing_.reusable = false;
      return complete({});
    default:
      return broken(Fault::ClosedInBody);
  }
}

void ResponseReader::begin_block(State state, LineBlock::LineEnd line_end) {
  state_ = state;
  empty_line_seen_ = false;
  lines_.start({.line = options_.limits.line, .bytes = options_.limits.head, .line_end = line_end});
  fields_.start({.fields = options_.limits.fields, .folded = options_.limits.line});
}

Event ResponseReader::read_head(std::string_view& in) {
  for (;;) {
    if (state_ == State::Fields) fields_.add_plain(lines_, in);
    const LineBlock::Result result = lines_.next(in);
    if (state_ == State::StatusLine && !may_become_status_line(lines_.line().substr(0, protocol.size()))) {
      return broken(Fault::BadStatusLine);
    }
    if (result == LineBlock::Result::NeedMore) return NeedMore{};
    if (result == LineBlock::Result::Broken) return broken(lines_.fault());
    bool head_ends = false;
    const auto fault = state_ == State::StatusLine ? on_status_line(lines_.line()) : on_fields_line(head_ends);
    if (fault) return broken(*fault);
    if (!head_ends) continue;
    const bool starts_body = !lines_.line().empty();
    if (starts_body) put_back_ = lines_.put_back(in);
    return finish_head(starts_body);
  }
}

// One empty line may come before it, left over from a body (RFC 9112 section 2.2).
std::optional<Fault> ResponseReader::on_status_line(std::string_view line) {
  if (line.empty() && !std::exchange(empty_line_seen_, true)) return std::nullopt;
  if (!looks_like_status_line(line) || (line.size() > 12 && line[12] != ' ')) return Fault::BadStatusLine;
  if (line[5] != '1') return Fault::BadVersion;
  const std::string_view reason = trim_ows(line.substr(std::min<std::size_t>(line.size(), 13)));
  status_line_.minor_version = line[7] - '0';
  status_line_.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  status_line_.reason_begin = lines_.position_of(reason);
  status_line_.reason_size = is_field_value(reason) ? reason.size() : 0;
  state_ = State::Fields;
  if (status_line_.status < 100 || status_line_.status > 599) return Fault::BadStatus;
  if (is_interim() && ++interims_ > options_.limits.interims) return Fault::TooManyInterims;
  return std::nullopt;
}

std::optional<Fault> ResponseReader::on_fields_line(bool& head_ends) {
  head_ends = lines_.line().empty();
  if (head_ends) return std::nullopt;
  const std::optional<Fault> fault = fields_.add(lines_);
  if (fault != Fault::NoColon) return fault;
  if (!looks_like_status_line(lines_.line()) && options_.bad_field != BadField::Ignore) {
    head_ends = options_.bad_field == BadField::StartBody && !is_interim();
    return head_ends ? std::nullopt : fault;
  }
  fields_.skip();
  return std::nullopt;
}

Event ResponseReader::finish_head(bool starts_body) {
  std::vector<Field>& fields = fields_.views(lines_);
  ResponseHead head{.minor_version = status_line_.minor_version,
                    .status = status_line_.status,
                    .reason = lines_.at(status_line_.reason_begin, status_line_.reason_size),
                    .fields = {}};
  if (is_interim()) {
    head.fields = fields;
    state_ = head.status == 101 ? State::Over : State::NextHead;
    return Interim{head};
  }
  const AnswerKind kind{head.minor_version, head.status, options_.head_request};
  if (const std::optional<Fault> fault = decide_framing(kind, fields, framing_)) return broken(*fault);
  if (starts_body) framing_.reusable = false;
  head.fields = fields;
  begin_body();
  return Head{head, framing_.body, framing_.length};
}

void ResponseReader::begin_body() {
  left_ = framing_.length;
  switch (framing_.body) {
    case BodyFraming::None:
      state_ = State::Complete;
      break;
    case BodyFraming::Length:
      state_ = left_ == 0 ? State::Complete : State::Length;
      break;
    case BodyFraming::Chunked:
      state_ = State::Chunked;
      chunks_.start(options_.limits.line);
      break;
    case BodyFraming::UntilClose:
      state_ = State::UntilClose;
      break;
  }
}

Event ResponseReader::read_sized(std::string_view& in) {
  if (in.empty()) return NeedMore{};
  const bool sized = state_ == State::Length;
  const std::string_view data =
      sized ? in.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size()))) : in;
  in.remove_prefix(data.size());
  left_ -= sized ? data.size() : 0;
  if (sized && left_ == 0) state_ = State::Complete;
  return Chunk{data};
}

void ResponseReader::skip(std::uint64_t bytes) noexcept {
  left_ -= bytes;
  if (left_ == 0) state_ = State::Complete;
}

Event ResponseReader::read_chunked(std::string_view& in) {
  switch (chunks_.on_bytes(in)) {
    case ChunkReader::Result::Data:
      return Chunk{chunks_.data()};
    case ChunkReader::Result::Broken:
      return broken(chunks_.fault());
    case ChunkReader::Result::LastChunk:
      begin_block(State::Trailer, LineBlock::LineEnd::Crlf);
      return read_trailer(in);
    default:
      return NeedMore{};
  }
}

Event ResponseReader::read_trailer(std::string_view& in) {
  for (;;) {
    const LineBlock::Result result = lines_.next(in);
    if (result == LineBlock::Result::NeedMore) return NeedMore{};
    if (result == LineBlock::Result::Broken) return broken(lines_.fault());
    if (lines_.line().empty()) break;
    if (const std::optional<Fault> fault = fields_.add(lines_)) return broken(*fault);
  }
  std::vector<Field>& trailers = fields_.views(lines_);
  std::erase_if(trailers, [](const Field& field) { return dropped_from_trailer(field.known); });
  return complete(trailers);
}

Event ResponseReader::complete(std::span<const Field> trailers) {
  state_ = State::Over;
  return End{trailers, framing_.reusable};
}

Event ResponseReader::broken(Fault fault) {
  state_ = State::Over;
  return Broken{fault};
}

}  // namespace cxxproxy::wire
