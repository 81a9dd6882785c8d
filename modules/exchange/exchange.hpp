// One request and its answer: attempts at backends until one answers, bytes both ways meanwhile.
//
//               ┌────────────────────── another backend, or the same with a fresh connection ─────────┐
//               ▼                                                                                     │
//   Preparing ──▶ Choosing ──▶ Connecting ──▶ Exchanging ──▶ over: Answered, Replaced, Cut, ... ◀── failed
//   (reads the     (asks the    (slot, name,   (sends and
//    body ahead)   dispatcher)  connect)        receives at once)
//
// No waiting inside: advance() does what can be done now and says what it waits for. One thread at a time, not always
// the same one, unless its connection has a home (see backend::Connection).
//
// Made for edges as well as for levels: a descriptor's readiness is told once and remembered here until a read or a
// write has used it up. A deadline moves only when bytes have moved, or when something else is waited for.
#pragma once

#include "exchange/attempt.hpp"
#include "exchange/client.hpp"
#include "exchange/dispatcher.hpp"
#include "exchange/http1_attempt.hpp"
#include "exchange/http2_attempt.hpp"
#include "exchange/patience.hpp"
#include "exchange/request_body.hpp"
#include "exchange/step.hpp"
#include "exchange/tunnel.hpp"

#include <optional>
#include <span>

namespace cxxproxy::exchange {

// How it ended.
struct Outcome {
  enum class Kind : std::uint8_t {
    Answered,    // the client has a backend's whole answer
    Replaced,    // the client discarded the backend's answer (HeadUse::Discard): it answers itself, with `status`
    Cut,         // the answer broke off after its head was passed on
    Tunnelled,   // another protocol took over (a 101), and both sides have ended it, or one has failed: see `failure`
    ClientGone,  // nobody is there to answer, or nobody takes the answer (`failure`: ClientTimeout)
    Failed,      // no answer: `failure` says why
  };
  Kind kind = Kind::Failed;
  int status = 0;
  Failure failure{};
  bool body_unread = false;  // part of the request's body is still with the client: its connection cannot go on
};

class Exchange {
 public:
  struct Timeouts {
    engine::Duration client;  // between two signs of life of the client
  };

  // `client` and `dispatcher` outlive the exchange. `buffer` is the driver's, may be shared by all exchanges of one
  // thread, and holds nothing between calls.
  Exchange(Client& client, Dispatcher& dispatcher, const BodyRules& body, const Timeouts& timeouts);

  // Given up in the middle, it closes its connection and tells the dispatcher finished().
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // What became of the last step's wait; nothing the first time and after Step::Yield. Being called for nothing does no
  // harm. `timed_out` counts only when the deadline has come by `now`, `error` always. Done: outcome() tells.
  Step advance(const engine::Woken& woken, engine::TimePoint now, std::span<char> buffer);

  // Answers to Step::Lookup, Step::Slot and Step::Links; then advance() again. The target is valid until then; the
  // links outlive the exchange, which stays with whoever drives it now, and `watcher` hears when there is something to
  // take.
  const Target& target() const noexcept { return *target_; }
  void looked_up(backend::Result<backend::EndpointList> outcome) { attempt_->looked_up(std::move(outcome)); }
  void got_slot(backend::Result<backend::Lease> outcome) { attempt_->got_slot(std::move(outcome)); }
  void got_links(Http2Links& links, engine::Watcher& watcher) noexcept { attempt_->got_links(links, watcher); }

  // On the thread of `reactor`, after every advance(), which may have begun another attempt: what carries it belongs to
  // that reactor from now on, and `watcher` hears when there is something to take. Without effect while there is
  // nothing to watch. Throws std::system_error.
  void watch(engine::Reactor& reactor, engine::Watcher& watcher) { attempt_->watch(reactor, watcher); }

  // Of what the last step waits for at the backend, what was seen; it is used up by that. When no descriptor is named
  // there (HTTP/2), only this tells.
  engine::Readiness take(const engine::Interest& wanted) noexcept { return attempt_->take(wanted); }

  // A tunnel is to end, in good order if that can be had until `by`; the next advance() begins with it. Anything else
  // goes on as before.
  void part(engine::TimePoint by) noexcept;

  // The client is known to be gone: the exchange is over, and its backend hears so.
  void abandon();

  // Something of an answer has gone to the client, 1xx aside: no other answer can take its place.
  bool head_passed() const noexcept { return attempt_->answer().head_passed(); }

  const Outcome& outcome() const noexcept { return outcome_; }

 private:
  enum class Stage : std::uint8_t { Preparing, Choosing, Connecting, Exchanging, Tunnelling, Over };

  struct Turn;  // what one call of advance() was given, and gives back

  void go_on(Turn& turn);
  void prepare(Turn& turn);
  void choose(Turn& turn);
  void start_attempt();
  void wait_to_choose(Turn& turn);
  void connect(Turn& turn);
  void begin_exchange();
  void pump(Turn& turn);
  bool send();
  bool receive(Turn& turn);
  bool on_answer();
  bool on_more_to_come();
  void begin_tunnel();
  void tunnel(Turn& turn);
  void wait_in_tunnel(Turn& turn);
  void end_tunnel(Failure why);
  bool reads_on() const noexcept { return readable_ && received_ == Receiver::State::Reading; }
  void wait(Turn& turn);
  std::uint64_t moved() const noexcept;
  bool is_late(const Turn& turn) const noexcept;
  void time_out();
  void answered();
  bool unseen() const noexcept { return !attempt_open_ || attempt_->unseen(); }
  void end_attempt(bool keep);
  void fail_attempt(Failure failure, bool may_be_stale);
  void fail_attempt(Ending ending) { fail_attempt(std::move(ending.failure), ending.may_be_stale); }
  void cut(Failure failure);
  void give_up(Failure failure);
  void finish(Outcome::Kind kind, int status);

  Client& client_;
  Dispatcher& dispatcher_;
  const Timeouts timeouts_;
  RequestBody body_;

  Stage stage_ = Stage::Preparing;
  std::optional<Target> target_;
  ScratchLoan scratch_;
  Http1Attempt http1_{*scratch_};
  std::optional<Http2Attempt> http2_;  // if there was one
  Attempt* attempt_ = &http1_;         // the one at hand
  Receiver::State received_ = Receiver::State::Reading;
  std::optional<Tunnel> tunnel_;
  bool readable_ = false;      // the backend may have more for us
  bool send_again_ = false;    // the answer lets the request go on
  bool fresh_ = false;         // the kept connection was stale: a new one was taken
  int repeats_ = 0;            // so often, at the backend at hand
  bool attempt_open_ = false;  // the dispatcher was told connected() and not yet finished()
  Patience patience_;
  engine::TimePoint deadline_ = engine::never;      // of the last step
  engine::TimePoint ask_again_{};                   // the dispatcher, not before
  engine::TimePoint parts_by_ = engine::never;      // of a tunnel that is to end
  engine::TimePoint discard_ends_ = engine::never;  // the answer is read away no longer
  Outcome outcome_;
};

}  // namespace cxxproxy::exchange
