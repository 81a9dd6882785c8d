#include "httpd/capture/exchange_driver.hpp"

#include "httpd/capture/lookups.hpp"
#include "httpd/capture/reactor_thread.hpp"
#include "httpd/tunnel_grace.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

namespace cxxproxy::httpd {
namespace {

using exchange::Step;

// mod_reqtimeout looks at its limits only when somebody reads, so a stalled client is asked again now and then.
constexpr engine::Duration reading_pace = std::chrono::seconds(1);

// Turns in a row before other connections get theirs.
constexpr int turns_in_a_row = 8;

}  // namespace

// A place in the queue for a slot of a pool. The pool tells from any thread; whoever queued may be gone by then.
struct ExchangeDriver::SlotTicket final : backend::SlotWaiter, std::enable_shared_from_this<SlotTicket> {
  SlotTicket(ExchangeDriver& who, backend::Pool& whose, engine::Reactor& where)
      : driver(&who), pool(whose), reactor(where) {}

  void slot_free() noexcept override {
    reactor.post([self = shared_from_this()] {
      if (self->driver) self->driver->slot_came();
    });
  }

  ExchangeDriver* driver;  // of the reactor's thread
  backend::Pool& pool;
  engine::Reactor& reactor;
};

// A tunnel's looks at its member, of their own: the driver's deadline moves with every byte.
class ExchangeDriver::TunnelLook final : public engine::Timer {
 public:
  TunnelLook(ExchangeDriver& driver, engine::Duration grace) : driver_(driver), grace_(grace) { look_later(); }

 private:
  void on_time() noexcept override {
    const engine::TimePoint now = driver_.home_.reactor().now();
    if (!driver_.request_) return;
    if (!watch_.is_over(driver_.request_->member(), grace_, now)) return driver_.guarded([this] { look_later(); });
    driver_.guarded([&] { driver_.part(engine::deadline_after(now, tunnel_parting)); });
  }

  void look_later() {
    engine::Reactor& reactor = driver_.home_.reactor();
    reactor.timers().set(*this, watch_.next(member_pace(grace_), grace_, reactor.now()));
  }

  ExchangeDriver& driver_;
  const engine::Duration grace_;
  MemberWatch watch_;
};

ExchangeDriver::ExchangeDriver(Owner& owner, ReactorThread& home) : owner_(owner), home_(home) {}

ExchangeDriver::~ExchangeDriver() { drop_ticket(); }

void ExchangeDriver::drop_ticket() {
  if (!ticket_) return;
  ticket_->driver = nullptr;
  ticket_->pool.forget(*ticket_);
  ticket_.reset();
}

template <class Work>
void ExchangeDriver::guarded(Work work) noexcept {
  try {
    work();
  } catch (const std::exception& escaped) {
    owner_.failed(escaped.what());
  }
}

void ExchangeDriver::on_ready() noexcept {
  guarded([this] { look_at_both(); });
}

void ExchangeDriver::on_time() noexcept {
  guarded([this] { time_over(); });
}

void ExchangeDriver::part(engine::TimePoint by) {
  if (!request_ || !request_->client().tunnels()) return;
  request_->exchange().part(by);
  if (step_.kind == Step::Kind::Wait) advance({});
}

void ExchangeDriver::client_ready() { look_at_both(); }

void ExchangeDriver::begin(ProxiedRequest& request, const Step& step) {
  request_ = &request;
  step_ = step;
  watch_backend();
  engine::Woken woken;
  if (step_.kind == Step::Kind::Yield || go_on(woken)) advance(woken);
}

// What the exchange has made or taken is watched from now on.
void ExchangeDriver::watch_backend() { request_->exchange().watch(home_.reactor(), *this); }

void ExchangeDriver::advance(engine::Woken woken) {
  for (int turn = 0; turn < turns_in_a_row; ++turn) {
    step_ = request_->exchange().advance(woken, home_.reactor().now(), home_.reactor().buffer());
    watch_backend();
    woken = {};
    if (!go_on(woken)) return;
  }
  step_.kind = Step::Kind::Yield;
  left_over_ = woken;
  home_.reactor().timers().set(*this, home_.reactor().now());
}

// What the last step asks for. True: it is there, in `woken`, and the exchange can go on at once.
bool ExchangeDriver::go_on(engine::Woken& woken) {
  if (ticket_ && step_.kind != Step::Kind::Slot) drop_ticket();
  switch (step_.kind) {
    case Step::Kind::Done: {
      home_.reactor().timers().cancel(*this);
      look_.reset();
      ProxiedRequest& over = *std::exchange(request_, nullptr);
      owner_.exchange_over(over);
      return false;
    }
    case Step::Kind::Wait:
      woken = take_ready();
      if (woken.backend.any() || woken.client.any()) return true;
      wait();
      return false;
    case Step::Kind::Yield:
      home_.reactor().timers().set(*this, home_.reactor().now());
      return false;
    case Step::Kind::Lookup:
      look_up();
      return false;
    case Step::Kind::Slot:
      take_slot();
      return false;
    case Step::Kind::Links:
      request_->exchange().got_links(home_.http2_links(), *this);
      return true;
  }
  return false;
}

void ExchangeDriver::wait() {
  engine::TimePoint due = step_.wait.deadline;
  const bool tunnels = request_->client().tunnels();
  if (tunnels) {
    request_->client().settle_down();
    if (const auto grace = look_ ? std::nullopt : tunnel_grace()) look_ = std::make_unique<TunnelLook>(*this, *grace);
  }
  const bool asks = step_.wait.client.readable && !tunnels;
  if (asks) due = std::min(due, engine::deadline_after(home_.reactor().now(), reading_pace));
  home_.reactor().timers().set(*this, due);
}

engine::Woken ExchangeDriver::take_ready() {
  engine::Woken woken;
  const engine::Wait& wanted = step_.wait;
  woken.backend = request_->exchange().take(wanted.backend);
  if (wanted.client.readable) {
    woken.client.readable = owner_.client_watch().take({.fd = -1, .readable = true, .writable = false}).readable;
  }
  if (wanted.client.writable) woken.client.writable = client_is_writable();
  return woken;
}

// Gets out what is held back for the client. True: nothing is, or the client is gone, which the next write finds out.
bool ExchangeDriver::client_is_writable() {
  OutputGate& gate = owner_.client_gate();
  if (!gate.pending()) return true;
  if (!owner_.client_watch().take({.fd = -1, .readable = false, .writable = true}).writable) return false;
  return gate.flush() != APR_SUCCESS || !gate.pending();
}

void ExchangeDriver::look_at_both() {
  if (!request_ || step_.kind != Step::Kind::Wait) return;
  // A client that has left is nobody to work for. One that has only said its last word is still there.
  if (!step_.wait.client.any() && owner_.client_watch().is_dead()) {
    request_->r()->connection->aborted = 1;
    request_->exchange().abandon();
    return advance({});
  }
  const engine::Woken woken = take_ready();
  if (woken.backend.any() || woken.client.any()) advance(woken);
}

void ExchangeDriver::time_over() {
  if (!request_) return;
  engine::Woken woken;
  switch (step_.kind) {
    case Step::Kind::Yield:
      woken = std::exchange(left_over_, {});
      break;
    case Step::Kind::Slot:
      drop_ticket();
      request_->exchange().got_slot(backend::Error{backend::Fault::PoolExhausted});
      break;
    default:
      woken.timed_out = home_.reactor().now() >= step_.wait.deadline;
      woken.client.readable = !woken.timed_out && step_.wait.client.readable;
      break;
  }
  advance(woken);
}

void ExchangeDriver::look_up() {
  home_.reactor().timers().cancel(*this);
  httpd::look_up(*request_->exchange().target().addresses, home_.reactor(), [this](auto outcome) {
    guarded([&] {
      request_->exchange().looked_up(std::move(outcome));
      advance({});
    });
  });
}

void ExchangeDriver::take_slot() {
  backend::Pool& pool = *request_->exchange().target().pool;
  if (!ticket_) {
    ticket_ = std::make_shared<SlotTicket>(*this, pool, home_.reactor());
    slot_deadline_ = pool.settings().acquire ? engine::deadline_after(home_.reactor().now(), *pool.settings().acquire)
                                             : engine::never;
  }
  if (!pool.await_slot(*ticket_)) return slot_came();
  home_.reactor().timers().set(*this, slot_deadline_);
}

// The exchange tries; if somebody was quicker, it says so again.
void ExchangeDriver::slot_came() {
  guarded([this] { advance({}); });
}

}  // namespace cxxproxy::httpd
