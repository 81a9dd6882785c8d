#include "exchange/http2_attempt.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

namespace cxxproxy::exchange {
namespace {

// Pieces of the body in one turn before others get theirs.
constexpr int pieces_per_turn = 16;

bool has_body(const BodyPlan& plan) {
  return plan.framing == BodyPlan::Framing::Chunked || (plan.framing == BodyPlan::Framing::Length && plan.length > 0);
}

}  // namespace

void Http2Attempt::start(const Target&, bool fresh) {
  end(false);
  again_ = fresh;
  seen_ = fresh ? std::max(seen_, broke_with_) : 0;
  broke_with_ = 0;
  stage_ = Stage::Asking;
  failure_ = {};
  late_ = false;
}

void Http2Attempt::timed_out() noexcept {
  if (stage_ == Stage::Dialing) {
    connector_.timed_out();
  } else {
    late_ = true;
  }
}

void Http2Attempt::watch(engine::Reactor& reactor, engine::Watcher& watcher) {
  watcher_ = &watcher;
  if (stage_ == Stage::Dialing && connector_.connection()) connector_.connection()->attach(reactor, &watcher);
}

engine::Readiness Http2Attempt::take(const engine::Interest& wanted) noexcept {
  switch (stage_) {
    case Stage::Dialing:
      return connector_.connection() && wanted.any() ? connector_.connection()->watch().take(wanted)
                                                     : engine::Readiness{};
    case Stage::Asking:
    case Stage::Waiting: {
      const Lock guard = lock();
      return {wanted.readable && told_, false};
    }
    case Stage::There:
      break;
  }
  const Lock guard = lock();
  return {wanted.readable && has_news(), wanted.writable && state_of_stream() != Sender::State::Blocked};
}

Connector::State Http2Attempt::advance(const Target& target, engine::TimePoint now, Step& step) {
  step = {};
  if (!links_) {
    step.kind = Step::Kind::Links;
    return Connector::State::Pending;
  }
  for (;;) {
    std::optional<Connector::State> state;
    switch (stage_) {
      case Stage::Asking:
        ask(target, now);
        break;
      case Stage::Waiting:
        state = wait_for_others(step);
        break;
      case Stage::Dialing:
        state = dial(target, now, step);
        break;
      case Stage::There:
        return Connector::State::Connected;
    }
    if (state) return *state;
  }
}

void Http2Attempt::ask(const Target& target, engine::TimePoint now) {
  const Lock guard = lock();
  told_ = false;
  const Http2Links::Search search = links_->seek(target, *this, seen_);
  switch (search.found) {
    case Http2Links::Found::Link:
      arrive(search.hold);
      break;
    case Http2Links::Found::Dial:
      connector_.begin(target, true);
      stage_ = Stage::Dialing;
      break;
    case Http2Links::Found::Wait:
      await(target, now, false);
      break;
  }
}

// However often it asks, it waits so long in all. `acquire=` is about room, not about connections that are being made:
// those have times of their own.
void Http2Attempt::await(const Target& target, engine::TimePoint now, bool for_room) noexcept {
  const std::optional<engine::Duration>& acquire = target.pool->settings().acquire;
  const engine::Duration patience = for_room && acquire ? *acquire : target.connect_timeout + target.timeout;
  deadline_ = std::min(deadline_, engine::deadline_after(now, patience));
  for_room_ = for_room;
  stage_ = Stage::Waiting;
}

void Http2Attempt::arrive(const Http2Links::Hold& hold) noexcept {
  hold_ = hold;
  link_used_ = hold.used;
  link_new_ = seen_ != 0;
  carrier_ = Carrier::of(*hold.link->connection(), !hold.used);
  stage_ = Stage::There;
}

std::optional<Connector::State> Http2Attempt::wait_for_others(Step& step) {
  Lock guard = lock();
  if (told_) {
    if (std::optional<Failure> why = take_failure()) return fail(std::move(*why));
    stage_ = Stage::Asking;
    return std::nullopt;
  }
  if (std::exchange(late_, false)) {
    if (for_room_) return fail({balance::Reason::PoolExhausted, 0, "no room on the HTTP/2 connections"});
    return fail({balance::Reason::Timeout, 0, "waiting for the HTTP/2 connection that another request makes"});
  }
  step.kind = Step::Kind::Wait;
  step.wait = {.backend = {.fd = -1, .readable = true, .writable = false}, .client = {}, .deadline = deadline_};
  return Connector::State::Pending;
}

std::optional<Connector::State> Http2Attempt::dial(const Target& target, engine::TimePoint now, Step& step) {
  switch (connector_.advance(target, now, step)) {
    case Connector::State::Pending:
      if (step.kind != Step::Kind::Slot || !wait_instead(target, now)) return Connector::State::Pending;
      return std::nullopt;
    case Connector::State::Connected:
      if (!take_over(target)) return fail({balance::Reason::Internal, 0, "no memory for an HTTP/2 connection"});
      return Connector::State::Connected;
    case Connector::State::Failed:
      break;
  }
  return fail(connector_.failure());
}

// Not for a slot, but for room on what is there; what it has passed over may have some.
bool Http2Attempt::wait_instead(const Target& target, engine::TimePoint now) {
  const Lock guard = lock();
  told_ = false;
  if (std::exchange(seen_, 0) != 0) {
    links_->leave(*this);
    connector_.release(false);
    stage_ = Stage::Asking;
    return true;
  }
  if (!links_->wait_instead(*this, target)) return false;
  await(target, now, true);
  return true;
}

bool Http2Attempt::take_over(const Target& target) {
  const Lock guard = lock();
  try {
    arrive(links_->add(*this, target, connector_.hand_over()));
  } catch (const std::exception&) {
    return false;
  }
  return true;
}

Connector::State Http2Attempt::fail(Failure failure) {
  failure_ = std::move(failure);
  if (stage_ != Stage::Dialing) return Connector::State::Failed;
  const Lock guard = lock();
  links_->failed(*this, failure_);
  return Connector::State::Failed;
}

bool Http2Attempt::begin(const Target& target, Dispatcher& dispatcher, const BodyPlan& plan) {
  forget();
  dispatcher_ = &dispatcher;
  if (!dispatcher.write_head(head_, plan)) return false;
  body_ended_ = !has_body(plan);
  wait_for_continue_ = target.wait_for_continue;
  sending_ = body_ended_ ? Sender::State::Complete : Sender::State::Blocked;
  const Lock guard = lock();
  const backend::Http2Session::Opened opened = hold_.link->session().open(stream_, head_, !body_ended_);
  links_->let_go(hold_);
  switch (opened) {
    case backend::Http2Session::Opened::Yes:
      given_ = head_.bytes();
      return true;
    case backend::Http2Session::Opened::BadHead:
      return false;
    case backend::Http2Session::Opened::NoRoom:
    case backend::Http2Session::Opened::Failed:
      break;
  }
  on_broken({.fault = backend::Http2Fault::Refused, .reach = backend::Http2Reach::NotProcessed});
  return true;
}

void Http2Attempt::forget() noexcept {
  answer_.begin();
  interims_.clear();
  head_waits_ = started_ = stopped_ = false;
  client_status_ = client_error_ = 0;
  given_ = received_ = 0;
  broken_.reset();
}

void Http2Attempt::end(bool) noexcept {
  if (links_) {
    const Lock guard = lock();
    stream_.cancel();
    links_->let_go(hold_);
    links_->leave(*this);
    links_->reactor().timers().forget(*this);  // its own end comes without the lock
  }
  links_ = nullptr;
  watcher_ = nullptr;
  connector_.release(false);
  told_ = false;
  deadline_ = engine::never;
}

Sender::State Http2Attempt::state_of_stream() const noexcept {
  if (!stream_.is_sending()) return Sender::State::Complete;  // what became of it, the answer tells
  return stream_.wants_body() ? Sender::State::More : Sender::State::Blocked;
}

Sender::State Http2Attempt::ready_for_body() const {
  const Lock guard = lock();
  return state_of_stream();
}

void Http2Attempt::push(std::string_view piece, bool last) {
  const Lock guard = lock();
  given_ += piece.size();
  stream_.send(piece, last);
}

Sender::State Http2Attempt::load(Client& client, RequestBody& body) {
  if (body_ended_ || stopped_) return Sender::State::Complete;
  if (sending_ == Sender::State::ClientFailed) return sending_;
  if (wait_for_continue_) return Sender::State::NeedsContinue;
  for (int piece = 0; piece < pieces_per_turn; ++piece) {
    // What was lent before is the client's again only when it wants more.
    if (const Sender::State state = ready_for_body(); state != Sender::State::More) return state;
    const BodyRead read = body.next(client);
    switch (read.state) {
      case BodyRead::State::Bytes:
        body_ended_ = body.given_all() && !dispatcher_->has_trailer();
        push(read.bytes, body_ended_);
        if (body_ended_) return Sender::State::Complete;
        break;
      case BodyRead::State::Wait:
        return Sender::State::NeedsBody;
      case BodyRead::State::End:
        body_ended_ = true;
        end_request();
        return Sender::State::Complete;
      case BodyRead::State::Failed:
        client_status_ = read.status;
        client_error_ = read.error;
        return Sender::State::ClientFailed;
    }
  }
  return Sender::State::More;
}

void Http2Attempt::end_request() {
  backend::Http2RequestHead trailer;
  if (dispatcher_->has_trailer() && dispatcher_->write_trailer(trailer)) {
    const Lock guard = lock();
    stream_.send_trailer(std::move(trailer));
  } else {
    push({}, true);
  }
}

std::uint64_t Http2Attempt::sent() const noexcept {
  const Lock guard = lock();
  return given_ - stream_.lent();
}

}  // namespace cxxproxy::exchange
