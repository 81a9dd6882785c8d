#include "exchange/exchange.hpp"

#include "wire/fault.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace cxxproxy::exchange {
namespace {

// Reads in one turn before others get theirs.
constexpr int reads_per_turn = 16;

constexpr int bad_request = 400;

}  // namespace

struct Exchange::Turn {
  const engine::Woken& woken;
  engine::TimePoint now;
  std::span<char> buffer;
  Step step;
  bool halted = false;

  void halt(Step::Kind kind) {
    step.kind = kind;
    halted = true;
  }
};

Exchange::Exchange(Client& client, Dispatcher& dispatcher, const BodyRules& body, const Timeouts& timeouts)
    : client_(client), dispatcher_(dispatcher), timeouts_(timeouts), body_(body) {}

Exchange::~Exchange() { end_attempt(false); }

Step Exchange::advance(const engine::Woken& woken, engine::TimePoint now, std::span<char> buffer) {
  Turn turn{woken, now, buffer, {}};
  while (!turn.halted) {
    switch (stage_) {
      case Stage::Preparing:
        prepare(turn);
        break;
      case Stage::Choosing:
        choose(turn);
        break;
      case Stage::Connecting:
        connect(turn);
        break;
      case Stage::Exchanging:
        pump(turn);
        break;
      case Stage::Over:
        turn.halt(Step::Kind::Done);
        break;
    }
  }
  return turn.step;
}

void Exchange::prepare(Turn& turn) {
  if (turn.woken.timed_out) return give_up({balance::Reason::ClientTimeout, 0, "reading the request body ahead"});
  const BodyRead read = body_.prepare(client_);
  if (read.state == BodyRead::State::End) {
    stage_ = Stage::Choosing;
  } else if (read.state == BodyRead::State::Failed) {
    const balance::Reason why = read.status ? balance::Reason::ClientBodyBad : balance::Reason::ClientGone;
    give_up({why, read.status, "reading the request body ahead", read.error});
  } else {
    turn.step.wait.client.readable = true;
    turn.step.wait.deadline = engine::deadline_after(turn.now, timeouts_.client);
    turn.halt(Step::Kind::Wait);
  }
}

void Exchange::choose(Turn& turn) {
  Failure why{};
  target_ = dispatcher_.choose(why);
  if (!target_ && why.again_after) {
    turn.step.wait.deadline = engine::deadline_after(turn.now, *why.again_after);
    return turn.halt(Step::Kind::Wait);
  }
  // Somebody else found it unusable in the moment between: another may do.
  if (!target_ && why.reason == balance::Reason::MemberUnusable &&
      dispatcher_.failed(why, body_.replayable()) == Next::TryAnother) {
    return;
  }
  if (!target_) return give_up(why);
  fresh_ = false;
  connector_.begin(*target_, target_->fresh);
  stage_ = Stage::Connecting;
}

void Exchange::connect(Turn& turn) {
  switch (connector_.advance(*target_, turn.now, turn.step)) {
    case Connector::State::Pending:
      turn.halted = true;
      break;
    case Connector::State::Connected:
      begin_exchange();
      break;
    case Connector::State::Failed:
      fail_attempt(connector_.failure(), false);
      break;
  }
}

void Exchange::begin_exchange() {
  const backend::Connection& connection = *connector_.connection();
  sent_before_ = connection.bytes_written();
  read_before_ = connection.bytes_read();
  attempt_open_ = true;
  dispatcher_.connected(connection);
  body_.rewind();
  head_.clear();
  receiver_.begin(target_->answer);
  received_ = Receiver::State::Reading;
  readable_ = false;
  if (!dispatcher_.write_head(head_, body_.plan())) {
    // The client's doing, so nobody's error but its own.
    return fail_attempt({balance::Reason::ClientBodyBad, bad_request, "the request's head cannot be written"}, false);
  }
  sender_.begin(head_, body_.plan(), target_->wait_for_continue, target_->extra_crlf);
  stage_ = Stage::Exchanging;
}

// One round: send what can be sent, receive what is there, wait for what is missing.
void Exchange::pump(Turn& turn) {
  const engine::Woken woken = std::exchange(first_round_, false) ? engine::Woken{} : turn.woken;
  if (woken.timed_out) return time_out();
  readable_ |= woken.backend.readable;
  if (received_ == Receiver::State::ClientFull && woken.client.writable) received_ = receiver_.resume(client_);
  for (int round = 0; round < reads_per_turn; ++round) {
    if (!send() || !receive(turn)) return;
    if (!readable_ && !std::exchange(send_again_, false)) break;
  }
  if (readable_ && received_ == Receiver::State::Reading) {
    received_ = receiver_.flush(client_);
    if (!on_answer()) return;
  }
  wait(turn);
}

// False: the attempt is over.
bool Exchange::send() {
  switch (sender_.advance(*connector_.connection(), client_, body_)) {
    case Sender::State::ClientFailed:
      if (sender_.status() == 0) {
        end_attempt(false);
        outcome_.failure = {balance::Reason::ClientGone, 0, "reading the request body", sender_.error()};
        finish(Outcome::Kind::ClientGone, 0);
      } else {
        fail_attempt({balance::Reason::ClientBodyBad, sender_.status(), "reading the request body", sender_.error()},
                     false);
      }
      return false;
    case Sender::State::BackendFailed:
      // It may have answered before it stopped to listen.
      readable_ = true;
      return true;
    default:
      return true;
  }
}

// False: the attempt is over.
bool Exchange::receive(Turn& turn) {
  if (readable_ && received_ == Receiver::State::Reading) {
    const std::size_t most = target_->read_size ? target_->read_size : turn.buffer.size();
    received_ =
        receiver_.read(*connector_.connection(), client_, turn.buffer.first(std::min(most, turn.buffer.size())));
    readable_ = receiver_.more();
  }
  return on_answer();
}

bool Exchange::on_answer() {
  switch (received_) {
    case Receiver::State::Reading:
      return on_more_to_come();
    case Receiver::State::ClientFull:
      return true;
    case Receiver::State::Complete:
      answered();
      return false;
    case Receiver::State::ClientGone:
      end_attempt(false);
      finish(Outcome::Kind::ClientGone, receiver_.status());
      return false;
    case Receiver::State::Failed:
      fail_attempt({receiver_.started() ? balance::Reason::BadAnswer : balance::Reason::ClosedEarly, 0,
                    std::strerror(receiver_.error())},
                   !receiver_.started());
      return false;
    case Receiver::State::Broken: {
      const bool nothing_came = receiver_.fault() == wire::Fault::ClosedBeforeAnswer;
      fail_attempt({nothing_came ? balance::Reason::ClosedEarly : balance::Reason::BadAnswer, 0,
                    std::string(wire::word(receiver_.fault())), 0, receiver_.fault()},
                   nothing_came || receiver_.fault() == wire::Fault::BadStatusLine);
      return false;
    }
    case Receiver::State::Unasked:
      break;
  }
  fail_attempt({balance::Reason::BadAnswer, 0, "an answer that was not asked for or may not be passed on"}, false);
  return false;
}

bool Exchange::on_more_to_come() {
  if (sender_.state() == Sender::State::BackendFailed && !readable_ && !receiver_.head_passed() &&
      !receiver_.discarding()) {
    fail_attempt({balance::Reason::ClosedEarly, 0, std::strerror(sender_.error())}, !receiver_.started());
    return false;
  }
  if (sender_.state() == Sender::State::NeedsContinue) {
    if (receiver_.continue_seen()) {
      sender_.continue_now();
      send_again_ = true;
    } else if (receiver_.head_passed() || receiver_.discarding()) {
      sender_.stop();
      send_again_ = true;
    }
  }
  return true;
}

void Exchange::wait(Turn& turn) {
  const bool client_full = received_ == Receiver::State::ClientFull;
  const bool needs_body = sender_.state() == Sender::State::NeedsBody;
  engine::Wait& wait = turn.step.wait;
  wait.backend = connector_.connection()->interest(!client_full, sender_.state() == Sender::State::Blocked);
  wait.client.readable = needs_body;
  wait.client.writable = client_full;
  engine::Duration patience = target_->timeout;
  if (needs_body || client_full) {
    patience = timeouts_.client;
  } else if (sender_.state() == Sender::State::NeedsContinue && target_->continue_timeout) {
    patience = *target_->continue_timeout;
  }
  wait.deadline = engine::deadline_after(turn.now, patience);
  turn.halt(Step::Kind::Wait);
}

void Exchange::time_out() {
  if (received_ == Receiver::State::ClientFull) {
    end_attempt(false);
    return finish(Outcome::Kind::ClientGone, receiver_.status());
  }
  switch (sender_.state()) {
    case Sender::State::NeedsBody:
      return fail_attempt({balance::Reason::ClientTimeout, 0, "reading the request body"}, false);
    case Sender::State::Blocked:
      return fail_attempt({balance::Reason::SendTimeout, 0, "sending the request"}, false);
    case Sender::State::NeedsContinue:
      return fail_attempt({balance::Reason::ProbeFailed, 0, "no 100 Continue"}, target_->continue_timeout.has_value());
    default:
      break;
  }
  fail_attempt({balance::Reason::Timeout, 0, "reading the answer"}, false);
}

void Exchange::answered() {
  // The next one may have the connection before the client has the answer.
  const bool discarded = receiver_.discarding();
  end_attempt(receiver_.reusable() && sender_.sent_all() && target_->reuse);
  if (!discarded) client_.end(receiver_.trailers());
  finish(discarded ? Outcome::Kind::Replaced : Outcome::Kind::Answered, receiver_.status());
}

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
  if (receiver_.discarding()) return finish(Outcome::Kind::Replaced, receiver_.status());
  if (receiver_.head_passed()) return cut(std::move(failure));
  first_round_ = true;
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
  finish(Outcome::Kind::Cut, receiver_.status());
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
