// How attempts end, and with the last of them the exchange.
#include "exchange/exchange.hpp"

#include <utility>

namespace cxxproxy::exchange {
namespace {

// Of an attempt at the same backend. There is one at most, but for those that HTTP/2 connections leave out at their
// end, or that have to go over used ones again.
constexpr int most_repeats = 5;

}  // namespace

void Exchange::answered() {
  const Answer& answer = attempt_->answer();
  // If it can, the next one has the connection before the client has the answer.
  const bool lends = attempt_->lends_answer();
  if (!lends) end_attempt(target_->reuse && attempt_->is_reusable());
  if (!answer.discarding()) client_.end(answer.trailers());
  if (lends) end_attempt(true);
  finish(answer.discarding() ? Outcome::Kind::Replaced : Outcome::Kind::Answered, answer.status());
}

void Exchange::abandon() {
  if (stage_ == Stage::Over) return;
  if (stage_ == Stage::Tunnelling) return end_tunnel({balance::Reason::ClientGone, 0, "the client's side"});
  end_attempt(false);
  finish(Outcome::Kind::ClientGone, attempt_->answer().status());
}

void Exchange::end_attempt(bool keep) {
  if (attempt_open_) dispatcher_.finished(attempt_->sent(), attempt_->received());
  attempt_open_ = false;
  attempt_->end(keep);
}

// A kept connection that its backend has closed meanwhile says nothing about the backend. Nor does one on which more
// than its last answer comes, too late to be seen when it was taken.
void Exchange::fail_attempt(Failure failure, bool may_be_stale) {
  const bool repeatable =
      body_.replayable() && (unseen() || dispatcher_.idempotent() || failure.reason == balance::Reason::ProbeFailed);
  const bool once_more =
      failure.reason == balance::Reason::ProbeFailed ? !fresh_ : attempt_open_ && attempt_->was_kept();
  end_attempt(false);
  if (attempt_->answer().discarding()) return finish(Outcome::Kind::Replaced, attempt_->answer().status());
  if (attempt_->answer().head_passed()) return cut(std::move(failure));
  if (may_be_stale && once_more && repeatable && repeats_ < most_repeats) {
    ++repeats_;
    fresh_ = true;
    start_attempt();
  } else if (dispatcher_.failed(failure, repeatable) == Next::TryAnother && repeatable) {
    stage_ = Stage::Choosing;
  } else {
    give_up(std::move(failure));
  }
}

void Exchange::cut(Failure failure) {
  client_.cut();
  outcome_.failure = std::move(failure);
  finish(Outcome::Kind::Cut, attempt_->answer().status());
}

void Exchange::give_up(Failure failure) {
  const int status = failure.status ? failure.status : balance::row_of(failure.reason).status;
  outcome_.failure = std::move(failure);
  const bool gone = status == 0;
  finish(gone ? Outcome::Kind::ClientGone : Outcome::Kind::Failed, status);
}

void Exchange::finish(Outcome::Kind kind, int status) {
  outcome_.kind = kind;
  outcome_.status = status;
  outcome_.body_unread = !body_.all_read();
  stage_ = Stage::Over;
}

}  // namespace cxxproxy::exchange
