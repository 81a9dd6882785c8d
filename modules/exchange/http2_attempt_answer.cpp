// What comes of an attempt over HTTP/2.
#include "exchange/http2_attempt.hpp"

#include <new>
#include <string>
#include <utility>

namespace cxxproxy::exchange {

std::uint64_t Http2Attempt::received() const noexcept {
  const Lock guard = lock();
  return received_;
}

bool Http2Attempt::started() const noexcept {
  const Lock guard = lock();
  return started_;
}

bool Http2Attempt::more() const noexcept {
  const Lock guard = lock();
  return has_news();
}

bool Http2Attempt::has_news() const noexcept {
  return head_waits_ || !interims_.empty() || broken_ || stream_.kept_size() > 0 || stream_.is_complete();
}

Answer::State Http2Attempt::receive(Client& client, std::span<char>) {
  if (const std::optional<Answer::State> state = hand_on_heads(client)) return *state;
  const Answer::State state = hand_on_body(client);
  if (state != Answer::State::Reading) return state;
  if (is_broken()) return Answer::State::Failed;
  return answer_.deliver(client, false);
}

bool Http2Attempt::is_broken() const {
  const Lock guard = lock();
  return broken_.has_value();
}

// Once it waits, the final head is nobody's but ours.
std::optional<Answer::State> Http2Attempt::hand_on_heads(Client& client) {
  Lock guard = lock();
  const std::vector<KeptHead> interims = std::exchange(interims_, {});
  const bool head_waits = std::exchange(head_waits_, false);
  if (guard) guard.unlock();
  for (const KeptHead& interim : interims) {
    if (const auto state = answer_.interim(interim.head.head, client)) return state;
  }
  return head_waits ? answer_.head(final_.head, client) : std::nullopt;
}

// The last of an answer stays where it is: the client takes it with the end.
Answer::State Http2Attempt::hand_on_body(Client& client) {
  for (;;) {
    const Piece piece = next_piece();
    if (!piece.bytes.empty()) {
      if (const auto state = answer_.body(piece.bytes, client)) return *state;
    }
    if (piece.last) return answer_.end(stream_.trailers(), true);
    if (piece.bytes.empty()) return Answer::State::Reading;
    const Answer::State state = answer_.deliver(client, piece.more);
    drop(piece.bytes.size(), state == Answer::State::Reading);
    if (state != Answer::State::Reading) return state;
  }
}

Http2Attempt::Piece Http2Attempt::next_piece() const {
  const Lock guard = lock();
  const std::string_view front = stream_.kept();
  const bool all = front.size() == stream_.kept_size();
  return {.bytes = front, .more = !all, .last = all && stream_.is_complete()};
}

void Http2Attempt::drop(std::size_t count, bool keeps_up) {
  const Lock guard = lock();
  stream_.consume(count, keeps_up);
}

void Http2Attempt::on_interim(const wire::ResponseHead& head, backend::Http2Fields& fields) noexcept {
  started_ = true;
  try {
    interims_.emplace_back().take({.head = head}, fields);
  } catch (const std::bad_alloc&) {
    out_of_memory();
  }
  news();
}

void Http2Attempt::on_head(const wire::Head& head, backend::Http2Fields& fields) noexcept {
  started_ = true;
  received_ += fields.bytes();
  final_.take(head, fields);
  head_waits_ = true;
  news();
}

std::size_t Http2Attempt::on_body(std::string_view bytes) noexcept {
  received_ += bytes.size();
  news();
  return 0;
}

void Http2Attempt::out_of_memory() noexcept {
  stream_.cancel();
  broken_ = backend::Http2Failure{.fault = backend::Http2Fault::OutOfMemory, .reach = backend::Http2Reach::Answered};
}

void Http2Attempt::on_broken(const backend::Http2Failure& failure) noexcept {
  try {
    broken_detail_.assign(failure.detail);
  } catch (const std::bad_alloc&) {
    broken_detail_.clear();
  }
  broken_ = failure;
  broken_->detail = {};
  if (!failure.own) broke_with_ = links_->newest();
  news();
}

void Http2Attempt::on_link_news() noexcept {
  told_ = true;
  news();
}

// The driver hears of it in a moment, once for all that comes in one turn.
void Http2Attempt::news() noexcept {
  if (!watcher_ || is_set()) return;
  try {
    links_->reactor().timers().set_now(*this);
  } catch (const std::bad_alloc&) {
    // Its deadline ends it.
  }
}

void Http2Attempt::on_time() noexcept {
  if (watcher_) watcher_->on_ready();
}

// --- How it ends

bool Http2Attempt::unseen() const noexcept {
  const Lock guard = lock();
  return broken_ && broken_->reach == backend::Http2Reach::NotProcessed;
}

// A connection that served others has come to its end, and leaves this one out.
bool Http2Attempt::left_out() const noexcept {
  const Lock guard = lock();
  return link_used_ && broken_ && broken_->fault == backend::Http2Fault::GoneAway;
}

// What failed on a connection that others had used, or was not begun with, may be asked again once. A backend that
// takes so many requests on a connection may leave one out again and again, while it serves others. One whose
// connections have all come to their end without a word takes new ones: hence seen_.
bool Http2Attempt::was_kept() const noexcept {
  if (!again_) return link_used_ || unseen();
  return left_out() || (link_used_ && broke_with_ != 0 && !link_new_);
}

Ending Http2Attempt::broken_answer(Answer::State) const {
  using enum backend::Http2Fault;
  const Lock guard = lock();
  const backend::Http2Failure what = broken_.value_or(backend::Http2Failure{});
  const bool silent = what.reach != backend::Http2Reach::Answered;
  const bool hung_up = what.fault == Closed || what.fault == ConnectionFailed || what.fault == GoneAway ||
                       what.fault == Refused || what.fault == Reset || what.fault == Ended;
  const bool no_sign = what.fault == NoPong || what.fault == NoSettingsAck;
  const bool of_others = !what.own && what.fault != OutOfMemory;
  std::string detail(word(what.fault));
  if (what.code != 0) detail += " (error code " + std::to_string(what.code) + ")";
  if (!broken_detail_.empty()) detail += ": " + broken_detail_;
  balance::Reason reason = balance::Reason::BadAnswer;
  if (what.fault == OutOfMemory) {
    reason = balance::Reason::Internal;
  } else if (no_sign && silent) {
    reason = balance::Reason::Timeout;
  } else if (hung_up && silent) {
    reason = balance::Reason::ClosedEarly;
  }
  Failure failure{reason, 0, std::move(detail)};
  failure.unseen = what.reach == backend::Http2Reach::NotProcessed;
  return {std::move(failure), silent && (hung_up || no_sign || of_others) && what.fault != Reset};
}

}  // namespace cxxproxy::exchange
