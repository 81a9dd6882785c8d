#include "wire/line_block.hpp"

#include "wire/fields.hpp"

namespace cxxproxy::wire {

namespace {

// Enough for nearly every head, and little enough to keep with every idle connection.
constexpr std::size_t kept_capacity = 16384;

}  // namespace

void LineBlock::start(const Limits& limits) {
  if (held_.capacity() > kept_capacity) held_ = std::string();
  held_.clear();
  base_ = nullptr;
  holding_ = false;
  line_begin_ = line_size_ = next_begin_ = bytes_ = 0;
  limits_ = limits;
}

LineBlock::Result LineBlock::next(std::string_view& in) {
  line_begin_ = next_begin_;
  if (!holding_ && next_begin_ == 0) base_ = in.data();
  return holding_ ? next_held(in) : next_in_place(in);
}

bool LineBlock::take_found(std::string_view& in, std::size_t raw_size) noexcept {
  if (holding_ || raw_size > limits_.line || bytes_ + raw_size > limits_.bytes) return false;
  if (next_begin_ == 0) base_ = in.data();
  line_begin_ = next_begin_;
  line_size_ = raw_size - 1;
  next_begin_ += raw_size + 1;
  bytes_ += raw_size + 1;
  in.remove_prefix(raw_size + 1);
  return true;
}

LineBlock::Result LineBlock::next_in_place(std::string_view& in) {
  const std::size_t line_feed = in.find('\n');
  if (line_feed == std::string_view::npos) {
    hold(line_begin_ + in.size());
    line_size_ = in.size();
    in.remove_prefix(in.size());
    return too_long(line_size_) ? Result::Broken : Result::NeedMore;
  }
  in.remove_prefix(line_feed + 1);
  return take(line_feed);
}

LineBlock::Result LineBlock::next_held(std::string_view& in) {
  const std::size_t line_feed = in.find('\n');
  const std::size_t eaten = line_feed == std::string_view::npos ? in.size() : line_feed + 1;
  held_.append(in.substr(0, eaten));
  base_ = held_.data();
  in.remove_prefix(eaten);
  if (line_feed != std::string_view::npos) return take(held_.size() - 1 - line_begin_);
  line_size_ = held_.size() - line_begin_;
  return too_long(line_size_) ? Result::Broken : Result::NeedMore;
}

// What comes first in the bytes is what is told, so that it does not depend on how they were cut into reads.
bool LineBlock::too_long(std::size_t raw_size) noexcept {
  const std::size_t left = limits_.bytes > bytes_ ? limits_.bytes - bytes_ : 0;
  if (raw_size <= limits_.line && raw_size <= left) return false;
  fault_ = limits_.line <= left ? Fault::LineTooLong : Fault::HeadTooLarge;
  return true;
}

LineBlock::Result LineBlock::take(std::size_t raw_size) {
  next_begin_ = line_begin_ + raw_size + 1;
  line_size_ = raw_size;
  if (too_long(raw_size)) return Result::Broken;
  bytes_ += raw_size + 1;
  const bool crlf = line().ends_with('\r');
  if (crlf) --line_size_;
  fault_ = Fault::BadLine;
  if (!crlf && limits_.line_end == LineEnd::Crlf) return Result::Broken;
  return line().find('\0') == std::string_view::npos ? Result::Line : Result::Broken;
}

void LineBlock::hold(std::size_t size) {
  if (holding_ || size == 0) return;
  held_.assign(base_, size);
  base_ = held_.data();
  holding_ = true;
}

std::size_t LineBlock::join(std::size_t begin, std::size_t end) {
  const std::string_view text = trim_ows(line());
  if (text.empty()) return end;
  const std::size_t from = position_of(text);
  const std::size_t size = text.size();
  hold(next_begin_);
  held_.resize(from + size);
  held_.replace(end, from - end, begin == end ? "" : " ");
  base_ = held_.data();
  next_begin_ = held_.size();
  return next_begin_;
}

std::string_view LineBlock::put_back(std::string_view& in) noexcept {
  const std::string_view raw = at(line_begin_, next_begin_ - line_begin_);
  if (holding_) return raw;
  in = {raw.data(), raw.size() + in.size()};
  return {};
}

}  // namespace cxxproxy::wire
