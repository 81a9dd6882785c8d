#include "exchange/exchange.hpp"
#include "exchange/exchange_turn.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cxxproxy::exchange {
namespace {

// Reads in one turn before others get theirs. A read that brings more than the buffer holds counts as so many.
constexpr int reads_per_turn = 16;

// An answer that nobody wants keeps the client waiting no longer.
constexpr engine::Duration discard_time = std::chrono::seconds(5);

constexpr int bad_request = 400;

}  // namespace

Exchange::Exchange(Client& client, Dispatcher& dispatcher, const BodyRules& body, const Timeouts& timeouts)
    : client_(client), dispatcher_(dispatcher), timeouts_(timeouts), body_(body) {}

Exchange::~Exchange() { end_attempt(false); }

Step Exchange::advance(const engine::Woken& woken, engine::TimePoint now, std::span<char> buffer) {
  // A wait that fails must not become a loop without one.
  const bool timed_out = woken.error != 0 || (woken.timed_out && now >= deadline_);
  Turn turn{woken, timed_out, now, buffer};
  while (!turn.halted) {
    go_on(turn);
    // Whoever waited has heard of it; what comes after in this turn waited for nothing.
    turn.woken = {};
    turn.timed_out = false;
  }
  deadline_ = turn.step.kind == Step::Kind::Wait ? turn.step.wait.deadline : engine::never;
  return turn.step;
}

void Exchange::go_on(Turn& turn) {
  switch (stage_) {
    case Stage::Preparing:
      return prepare(turn);
    case Stage::Choosing:
      return choose(turn);
    case Stage::Connecting:
      return connect(turn);
    case Stage::Exchanging:
      return pump(turn);
    case Stage::Tunnelling:
      return tunnel(turn);
    case Stage::Over:
      return turn.halt(Step::Kind::Done);
  }
}

void Exchange::prepare(Turn& turn) {
  const BodyRead read = body_.prepare(client_);
  if (read.state == BodyRead::State::End) {
    stage_ = Stage::Choosing;
  } else if (read.state == BodyRead::State::Failed) {
    const balance::Reason why = read.status ? balance::Reason::ClientBodyBad : balance::Reason::ClientGone;
    give_up({why, read.status, "reading the request body ahead", read.error});
  } else if (is_late(turn)) {
    give_up({balance::Reason::ClientTimeout, 0, "reading the request body ahead"});
  } else {
    turn.step.wait.client.readable = true;
    turn.step.wait.deadline = patience_.deadline(turn.step.wait, timeouts_.client, moved(), turn.now);
    turn.halt(Step::Kind::Wait);
  }
}

void Exchange::choose(Turn& turn) {
  if (turn.now < ask_again_ && !turn.timed_out) return wait_to_choose(turn);
  Failure why{};
  target_ = dispatcher_.choose(why);
  if (!target_ && why.again_after) {
    ask_again_ = engine::deadline_after(turn.now, *why.again_after);
    return wait_to_choose(turn);
  }
  // Somebody else found it unusable in the moment between: another may do.
  if (!target_ && why.reason == balance::Reason::MemberUnusable &&
      dispatcher_.failed(why, body_.replayable()) == Next::TryAnother) {
    return;
  }
  if (!target_) return give_up(why);
  fresh_ = false;
  repeats_ = 0;
  start_attempt();
}

void Exchange::start_attempt() {
  if (target_->http2 && !http2_) http2_.emplace(*scratch_);
  attempt_ = target_->http2 ? static_cast<Attempt*>(&*http2_) : &http1_;
  attempt_->start(*target_, fresh_ || target_->fresh);
  stage_ = Stage::Connecting;
}

void Exchange::wait_to_choose(Turn& turn) {
  turn.step.wait.deadline = ask_again_;
  turn.halt(Step::Kind::Wait);
}

void Exchange::connect(Turn& turn) {
  if (turn.timed_out) attempt_->timed_out();
  switch (attempt_->advance(*target_, turn.now, turn.step)) {
    case Connector::State::Pending:
      turn.halted = true;
      break;
    case Connector::State::Connected:
      begin_exchange();
      break;
    case Connector::State::Failed:
      fail_attempt(attempt_->failure(), false);
      break;
  }
}

void Exchange::begin_exchange() {
  dispatcher_.connected(attempt_->carrier());
  body_.rewind();
  received_ = Receiver::State::Reading;
  patience_.start_anew();
  discard_ends_ = engine::never;
  attempt_open_ = true;
  if (!attempt_->begin(*target_, dispatcher_, body_.plan())) {
    // The client's doing, so nobody's error but its own.
    return fail_attempt({balance::Reason::ClientBodyBad, bad_request, "the request's head cannot be written"}, false);
  }
  readable_ = attempt_->more();
  stage_ = Stage::Exchanging;
}

// One turn: send what can be sent, receive what is there, wait for what is missing. The sender has one share of it,
// and another one when the answer lets the request go on.
void Exchange::pump(Turn& turn) {
  if (is_late(turn)) return time_out();
  readable_ |= attempt_->may_read(turn.woken.backend);
  if (received_ == Receiver::State::ClientFull && turn.woken.client.writable) {
    received_ = attempt_->resume(client_);
    if (!on_answer()) return;
  }
  send_again_ = true;
  const std::uint64_t share = attempt_->received() + reads_per_turn * turn.buffer.size();
  for (int round = 0; round < reads_per_turn && (send_again_ || reads_on()); ++round) {
    if (attempt_->received() >= share) break;
    if (std::exchange(send_again_, false) && !send()) return;
    if (!receive(turn)) return;
  }
  if (send_again_ || reads_on() || attempt_->sending() == Sender::State::More) return turn.halt(Step::Kind::Yield);
  wait(turn);
}

// False: the attempt is over.
bool Exchange::send() {
  switch (attempt_->send(client_, body_)) {
    case Sender::State::ClientFailed:
      if (attempt_->client_status() == 0) {
        end_attempt(false);
        outcome_.failure = {balance::Reason::ClientGone, 0, "reading the request body", attempt_->client_error()};
        finish(Outcome::Kind::ClientGone, 0);
      } else {
        fail_attempt({balance::Reason::ClientBodyBad, attempt_->client_status(), "reading the request body",
                      attempt_->client_error()},
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
    received_ = attempt_->receive(client_, turn.buffer.first(std::min(most, turn.buffer.size())));
    readable_ = attempt_->more();
    if (attempt_->answer().discarding() && discard_ends_ == engine::never) {
      discard_ends_ = engine::deadline_after(turn.now, std::min(discard_time, target_->timeout));
    }
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
      finish(Outcome::Kind::ClientGone, attempt_->answer().status());
      return false;
    case Receiver::State::Failed:
    case Receiver::State::Broken:
      fail_attempt(attempt_->broken_answer(received_));
      return false;
    case Receiver::State::Switched:
      begin_tunnel();
      return false;
    case Receiver::State::Unasked:
      break;
  }
  fail_attempt({balance::Reason::BadAnswer, 0, "an answer that was not asked for or may not be passed on"}, false);
  return false;
}

bool Exchange::on_more_to_come() {
  if (attempt_->sending() == Sender::State::BackendFailed && !readable_ && !attempt_->answer().head_passed() &&
      !attempt_->answer().discarding()) {
    fail_attempt(attempt_->broken_request());
    return false;
  }
  if (attempt_->sending() == Sender::State::NeedsContinue) {
    if (attempt_->answer().continue_seen()) {
      attempt_->continue_now();
      send_again_ = true;
    } else if (attempt_->answer().head_passed() || attempt_->answer().discarding()) {
      attempt_->stop_sending();
      send_again_ = true;
    }
  }
  return true;
}

void Exchange::wait(Turn& turn) {
  const bool client_full = received_ == Receiver::State::ClientFull;
  const bool needs_body = attempt_->sending() == Sender::State::NeedsBody;
  engine::Wait& wait = turn.step.wait;
  wait.backend = attempt_->interest(!client_full, attempt_->sending() == Sender::State::Blocked);
  wait.client.readable = needs_body;
  wait.client.writable = client_full;
  engine::Duration patience = target_->timeout;
  if (needs_body || client_full) {
    patience = timeouts_.client;
  } else if (attempt_->sending() == Sender::State::NeedsContinue && target_->continue_timeout) {
    patience = *target_->continue_timeout;
  }
  wait.deadline = std::min(patience_.deadline(wait, patience, moved(), turn.now), discard_ends_);
  turn.halt(Step::Kind::Wait);
}

// Bytes of this attempt; before there is one, of the body. What the client still has to take counts when it is in the
// way, not while a backend has its time.
std::uint64_t Exchange::moved() const noexcept {
  if (!attempt_open_) return body_.held();
  const bool counts = received_ == Receiver::State::ClientFull || stage_ == Stage::Tunnelling;
  const std::uint64_t taken = counts ? client_.taken() : 0;
  return attempt_->sent() + attempt_->received() + taken;
}

bool Exchange::is_late(const Turn& turn) const noexcept {
  return turn.now >= discard_ends_ || (turn.timed_out && !patience_.moved_since(moved()));
}

void Exchange::time_out() {
  if (received_ == Receiver::State::ClientFull) {
    outcome_.failure = {balance::Reason::ClientTimeout, 0, "writing the answer"};
    end_attempt(false);
    return finish(Outcome::Kind::ClientGone, attempt_->answer().status());
  }
  switch (attempt_->sending()) {
    case Sender::State::NeedsBody:
      return fail_attempt({balance::Reason::ClientTimeout, 0, "reading the request body"}, false);
    case Sender::State::Blocked:
    case Sender::State::More:
      return fail_attempt({balance::Reason::SendTimeout, 0, "sending the request"}, false);
    case Sender::State::NeedsContinue:
      return fail_attempt({balance::Reason::ProbeFailed, 0, "no 100 Continue"}, target_->continue_timeout.has_value());
    default:
      break;
  }
  fail_attempt({balance::Reason::Timeout, 0, "reading the answer"}, false);
}

}  // namespace cxxproxy::exchange
