// How attempts end, and with the last of them the exchange.
#include "exchange/exchange.hpp"

#include <utility>

namespace cxxproxy::exchange {

void Exchange::answered() {
  // The next one may have the connection before the client has the answer.
  const bool discarded = receiver_.answer().discarding();
  end_attempt(receiver_.answer().reusable() && sender_.sent_all() && target_->reuse && nothing_unread());
  if (!discarded) client_.end(receiver_.answer().trailers());
  finish(discarded ? Outcome::Kind::Replaced : Outcome::Kind::Answered, receiver_.answer().status());
}

// When the last read took all there was, what comes behind it gives a sign of its own to whoever watches; else not.
bool Exchange::nothing_unread() const noexcept { return !receiver_.more() || connection()->idle_and_alive(); }

// A kept connection that its backend has closed meanwhile says nothing about the backend. Nor does one on which more
// than its last answer comes, too late to be seen when it was taken.
bool Exchange::connection_was_kept() const noexcept {
  return attempt_open_ && connector_.connection() && connector_.connection()->exchanges() > 0;
}

bool Exchange::nothing_sent() const noexcept {
  return !attempt_open_ || connector_.connection()->bytes_written() == sent_before_;
}

void Exchange::end_attempt(bool keep) {
  if (attempt_open_) {
    const backend::Connection& connection = *connector_.connection();
    dispatcher_.finished(connection.bytes_written() - sent_before_, connection.bytes_read() - read_before_);
  }
  attempt_open_ = false;
  connector_.release(keep);
}

void Exchange::fail_attempt(Failure failure, bool may_be_stale) {
  const bool repeatable = body_.replayable() && (nothing_sent() || dispatcher_.idempotent() ||
                                                 failure.reason == balance::Reason::ProbeFailed);
  const bool once_more = failure.reason == balance::Reason::ProbeFailed ? !fresh_ : connection_was_kept();
  end_attempt(false);
  if (receiver_.answer().discarding()) return finish(Outcome::Kind::Replaced, receiver_.answer().status());
  if (receiver_.answer().head_passed()) return cut(std::move(failure));
  if (may_be_stale && once_more && repeatable) {
    fresh_ = true;
    connector_.begin(*target_, fresh_);
    stage_ = Stage::Connecting;
  } else if (dispatcher_.failed(failure, repeatable) == Next::TryAnother && repeatable) {
    stage_ = Stage::Choosing;
  } else {
    give_up(std::move(failure));
  }
}

void Exchange::cut(Failure failure) {
  client_.cut();
  outcome_.failure = std::move(failure);
  finish(Outcome::Kind::Cut, receiver_.answer().status());
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
