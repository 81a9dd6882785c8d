#include "backend/http2/buffer.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace cxxproxy::backend {

// One by one, because a chain that destroys itself does so in as many nested calls.
Http2Blocks::~Http2Blocks() {
  while (free_) free_ = std::move(free_->next);
}

std::unique_ptr<Http2Block> Http2Blocks::take() {
  if (!free_) return std::make_unique_for_overwrite<Http2Block>();
  std::unique_ptr<Http2Block> block = std::move(free_);
  free_ = std::move(block->next);
  block->used = 0;
  --kept_;
  return block;
}

void Http2Blocks::give_back(std::unique_ptr<Http2Block> block) noexcept {
  if (kept_ == most_kept) return;
  block->next = std::move(free_);
  free_ = std::move(block);
  ++kept_;
}

void Http2Buffer::append(std::string_view bytes, Http2Blocks& blocks) {
  const std::size_t here = last_ ? std::min(Http2Block::room - last_->used, bytes.size()) : 0;
  std::unique_ptr<Http2Block> more;
  Http2Block* more_last = nullptr;
  for (std::string_view rest = bytes.substr(here); !rest.empty();) {
    std::unique_ptr<Http2Block> block = blocks.take();
    block->used = std::min(Http2Block::room, rest.size());
    std::copy_n(rest.data(), block->used, block->bytes);
    rest.remove_prefix(block->used);
    Http2Block* const raw = block.get();
    (more_last ? more_last->next : more) = std::move(block);
    more_last = raw;
  }
  if (here > 0) {
    std::copy_n(bytes.data(), here, last_->bytes + last_->used);
    last_->used += here;
  }
  if (more) {
    (last_ ? last_->next : first_) = std::move(more);
    last_ = more_last;
  }
  size_ += bytes.size();
}

std::string_view Http2Buffer::front() const noexcept {
  return first_ ? std::string_view(first_->bytes + begin_, first_->used - begin_) : std::string_view();
}

void Http2Buffer::drop(std::size_t count, Http2Blocks& blocks) noexcept {
  assert(count <= size_);
  size_ -= count;
  while (count > 0) {
    const std::size_t step = std::min(count, first_->used - begin_);
    begin_ += step;
    count -= step;
    if (begin_ < first_->used) return;
    std::unique_ptr<Http2Block> gone = std::move(first_);
    first_ = std::move(gone->next);
    begin_ = 0;
    if (!first_) last_ = nullptr;
    blocks.give_back(std::move(gone));
  }
}

}  // namespace cxxproxy::backend
