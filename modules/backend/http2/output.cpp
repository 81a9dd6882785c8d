#include "backend/http2/output.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace cxxproxy::backend {

void Http2Output::append(std::string_view bytes) {
  if (bytes.empty()) return;
  compact();
  if (empty() || pieces_.back().bytes != nullptr) pieces_.emplace_back();
  try {
    own_.append(bytes);
  } catch (...) {
    if (pieces_.back().size == 0) pieces_.pop_back();
    throw;
  }
  pieces_.back().size += bytes.size();
  size_ += bytes.size();
}

void Http2Output::lend(std::string_view bytes, Http2Stream& stream) {
  if (bytes.empty()) return;
  pieces_.push_back({bytes.data(), bytes.size(), &stream});
  size_ += bytes.size();
}

void Http2Output::own(const Http2Stream& stream) {
  for (std::size_t i = first_; i < pieces_.size(); ++i) {
    Piece& piece = pieces_[i];
    if (piece.stream != &stream) continue;
    piece.copy.reset(new char[piece.size]);
    std::copy_n(piece.bytes, piece.size, piece.copy.get());
    piece.bytes = piece.copy.get();
    piece.stream = nullptr;
  }
}

std::size_t Http2Output::pieces(std::span<iovec> out) const noexcept {
  std::size_t own = own_begin_;
  std::size_t count = 0;
  for (std::size_t i = first_; i < pieces_.size() && count < out.size(); ++i) {
    const Piece& piece = pieces_[i];
    const char* bytes = piece.bytes;
    if (!bytes) {
      bytes = own_.data() + own;
      own += piece.size;
    }
    out[count++] = {const_cast<char*>(bytes), piece.size};
  }
  return count;
}

Http2Output::Gone Http2Output::drop(std::size_t& count) noexcept {
  assert(count <= size_);
  if (count == 0) return {};
  Piece& piece = pieces_[first_];
  const std::size_t step = std::min(count, piece.size);
  Gone gone{piece.stream, piece.stream ? step : 0};
  if (!piece.bytes) {
    own_begin_ += step;
  } else {
    piece.bytes += step;
  }
  piece.size -= step;
  count -= step;
  size_ -= step;
  written_ += step;
  if (piece.size == 0) {
    piece.copy.reset();
    if (++first_ == pieces_.size()) reset();
  }
  return gone;
}

void Http2Output::clear() noexcept {
  written_ += size_;
  size_ = 0;
  reset();
}

// What is gone is forgotten now and then, or it would pile up in front of an output that is never quite empty.
void Http2Output::compact() noexcept {
  if (own_begin_ > usual_size && own_begin_ > own_.size() / 2) {
    own_.erase(0, own_begin_);
    own_begin_ = 0;
  }
  if (first_ > usual_count && first_ > pieces_.size() / 2) {
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

// Empty: the memory is used again, unless it was unusually much.
void Http2Output::reset() noexcept {
  pieces_.clear();
  first_ = 0;
  own_.clear();
  own_begin_ = 0;
  if (own_.capacity() > 4 * usual_size) own_.shrink_to_fit();
}

}  // namespace cxxproxy::backend
