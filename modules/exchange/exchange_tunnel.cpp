// An exchange after a 101.
#include "exchange/exchange.hpp"
#include "exchange/exchange_turn.hpp"

#include <algorithm>
#include <utility>

namespace cxxproxy::exchange {
namespace {

constexpr const char* parting_word = "it was told to end";

}  // namespace

// Tunnels last: what belongs to heads is of more use to others.
void Exchange::begin_tunnel() {
  tunnel_.emplace(client_, *attempt_->own_connection(), target_->tunnel_ends);
  if (attempt_->answer().websocket()) tunnel_->follow_frames(attempt_->behind_switch());
  patience_.start_anew();
  stage_ = Stage::Tunnelling;
  http2_.reset();
  scratch_.give_back();
}

void Exchange::part(engine::TimePoint by) noexcept {
  if (stage_ != Stage::Tunnelling || parts_by_ != engine::never) return;
  parts_by_ = by;
  tunnel_->part();
}

void Exchange::tunnel(Turn& turn) {
  if (turn.now >= parts_by_) return end_tunnel({balance::Reason::Timeout, 0, parting_word});
  if (turn.timed_out && !patience_.moved_since(moved())) return end_tunnel({balance::Reason::Timeout, 0, "idle"});
  switch (tunnel_->advance(turn.woken, turn.buffer)) {
    case Tunnel::State::Waits:
      return wait_in_tunnel(turn);
    case Tunnel::State::HasMore:
      return turn.halt(Step::Kind::Yield);
    case Tunnel::State::Over:
      return end_tunnel(parts_by_ == engine::never ? Failure{} : Failure{balance::Reason::Timeout, 0, parting_word});
    case Tunnel::State::ClientGone:
      return end_tunnel({balance::Reason::ClientGone, 0, "the client's side", tunnel_->error()});
    case Tunnel::State::BackendFailed:
      return end_tunnel({balance::Reason::BadAnswer, 0, "the backend's side", tunnel_->error()});
  }
}

// Whoever of both may be silent for longer decides, if nothing else is said.
void Exchange::wait_in_tunnel(Turn& turn) {
  const bool given = target_->tunnel_timeout.count() > 0;
  const engine::Duration patience = given ? target_->tunnel_timeout : std::max(target_->timeout, timeouts_.client);
  turn.step.wait = tunnel_->wanted();
  turn.step.wait.deadline = std::min(patience_.deadline(turn.step.wait, patience, moved(), turn.now), parts_by_);
  turn.halt(Step::Kind::Wait);
}

void Exchange::end_tunnel(Failure why) {
  end_attempt(false);
  outcome_.failure = std::move(why);
  finish(Outcome::Kind::Tunnelled, attempt_->answer().status());
}

}  // namespace cxxproxy::exchange
