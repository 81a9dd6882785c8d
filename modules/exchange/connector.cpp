#include "exchange/connector.hpp"

#include "backend/tls/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace cxxproxy::exchange {
namespace {

balance::Reason reason_of(const backend::Error& error) {
  switch (error.fault) {
    case backend::Fault::Lookup:
      return balance::Reason::DnsFailed;
    case backend::Fault::PoolExhausted:
    case backend::Fault::PoolStopped:
      return balance::Reason::PoolExhausted;
    case backend::Fault::UnixPathTooLong:
    case backend::Fault::Socket:
    case backend::Fault::Connect:
      break;
  }
  return balance::Reason::ConnectFailed;
}

std::unique_ptr<backend::Connection> make_connection(backend::StartedConnect started, const backend::Endpoint& endpoint,
                                                     const Target& target) {
  if (!target.tls) return std::make_unique<backend::Connection>(std::move(started), endpoint);
  const auto inside = target.http2 ? backend::TlsInside::Http2 : backend::TlsInside::AsSet;
  return std::make_unique<backend::TlsConnection>(std::move(started), endpoint, *target.tls,
                                                  std::string(target.tls_name), inside);
}

}  // namespace

void Connector::begin(const Target& target, bool fresh) {
  release(false);
  stage_ = target.pool ? Stage::Slot : Stage::Addresses;
  fresh_ = fresh;
  late_ = false;
  addresses_.reset();
  next_address_ = 0;
  if (!failure_.detail.empty() || failure_.error != 0 || failure_.tls) failure_ = {};
}

void Connector::release(bool keep) noexcept {
  if (keep) lease_.keep();
  lease_.release();
  own_.reset();
}

HandedOver Connector::hand_over() noexcept {
  std::unique_ptr<backend::Connection> connection = lease_ ? lease_.give_up() : std::move(own_);
  return {std::move(lease_), std::move(connection)};
}

Connector::State Connector::fail(balance::Reason reason, std::string detail) {
  failure_.reason = reason;
  failure_.detail = std::move(detail);
  release(false);
  return State::Failed;
}

void Connector::adopt(std::unique_ptr<backend::Connection> connection) {
  if (lease_) {
    lease_.adopt(std::move(connection));
  } else {
    own_ = std::move(connection);
  }
}

void Connector::got_slot(backend::Result<backend::Lease> outcome) {
  if (outcome) {
    lease_ = std::move(outcome).value();
    return;
  }
  failure_ = {reason_of(outcome.error()), 0, outcome.error().text()};
}

void Connector::looked_up(backend::Result<backend::EndpointList> outcome) {
  if (outcome) {
    addresses_ = std::move(outcome).value();
    return;
  }
  failure_ = {reason_of(outcome.error()), 0, outcome.error().text()};
}

Connector::State Connector::take_slot(const Target& target, Step& step) {
  if (!lease_ && failure_.detail.empty()) {
    const backend::Check check = target.careful ? backend::Check::Always : backend::Check::Watched;
    backend::Result<backend::Lease> slot = target.pool->try_acquire(target.pool_key, check);
    const bool exhausted = !slot && slot.error().fault == backend::Fault::PoolExhausted;
    if (exhausted && !target.waits_for_slot) {
      stage_ = Stage::Addresses;
      return State::Pending;
    }
    if (exhausted) {
      step.kind = Step::Kind::Slot;
      return State::Pending;
    }
    if (slot) {
      lease_ = *std::move(slot);
    } else {
      got_slot(std::move(slot));
    }
  }
  if (!lease_) return State::Failed;
  if (fresh_) lease_.discard();
  stage_ = Stage::Addresses;
  return State::Pending;
}

// A name may have moved since the connection was made.
bool Connector::kept_connection_fits() const {
  const backend::Connection* kept = lease_.connection();
  return kept && std::find(addresses_->begin(), addresses_->end(), kept->endpoint()) != addresses_->end();
}

Connector::State Connector::find_addresses(const Target& target, Step& step) {
  if (!addresses_ && failure_.detail.empty()) addresses_ = target.addresses->cached();
  if (addresses_) {
    const bool fits = kept_connection_fits();
    if (!fits) lease_.discard();
    stage_ = fits ? Stage::Connected : Stage::Connecting;
    return fits ? State::Connected : State::Pending;
  }
  if (!failure_.detail.empty()) return fail(failure_.reason, failure_.detail);
  step.kind = Step::Kind::Lookup;
  return State::Pending;
}

bool Connector::start_next(const Target& target, engine::TimePoint now) {
  while (next_address_ < addresses_->size()) {
    const backend::Endpoint& endpoint = (*addresses_)[next_address_++];
    backend::Result<backend::StartedConnect> started = backend::start_connect(endpoint, target.socket);
    if (started) {
      adopt(make_connection(std::move(started).value(), endpoint, target));
      reached_ = false;
      deadline_ = engine::deadline_after(now, target.connect_timeout);
      return true;
    }
    failure_.detail = endpoint.text();
    failure_.error = started.error().code;
  }
  return false;
}

// The backend that was reached is the backend: what it says in its handshake, no other address of its own would change.
Connector::State Connector::fail_handshake(bool late) {
  const backend::TlsTrouble* trouble = connection()->trouble();
  const std::string where = connection()->endpoint().text() + ": ";
  failure_.tls = late ? backend::TlsFault::Slow : trouble ? trouble->fault : backend::TlsFault::Other;
  failure_.error = 0;
  const std::string why = late ? "the handshake has taken too long" : trouble ? trouble->text : "it broke off";
  return fail(balance::Reason::TlsFailed, where + why);
}

// Each of the two, connect and handshake, has a time of its own.
bool Connector::connect_is_late(const Target& target, engine::TimePoint now, bool blocked) {
  const bool late = std::exchange(late_, false) && blocked;
  if (reached_ || !connection()->reached()) return late;
  reached_ = true;
  deadline_ = engine::deadline_after(now, target.timeout);
  return false;
}

Connector::State Connector::connect(const Target& target, engine::TimePoint now, Step& step) {
  for (;;) {
    if (!connection() && !start_next(target, now)) {
      target.addresses->forget(addresses_);
      return fail(balance::Reason::ConnectFailed, failure_.detail.empty() ? "no address" : failure_.detail);
    }
    const backend::IoResult result = connection()->establish();
    if (result.ok()) {
      stage_ = Stage::Connected;
      return State::Connected;
    }
    const bool blocked = result.state == backend::IoResult::State::WouldBlock;
    const bool late = connect_is_late(target, now, blocked);
    if (blocked && !late) {
      step.kind = Step::Kind::Wait;
      step.wait = {connection()->interest(false, true), {}, deadline_};
      return State::Pending;
    }
    if (reached_) return fail_handshake(late);
    failure_.detail = connection()->endpoint().text();
    failure_.error = late ? ETIMEDOUT : result.error;
    adopt(nullptr);
  }
}

Connector::State Connector::advance(const Target& target, engine::TimePoint now, Step& step) {
  step = {};
  for (;;) {
    State state = State::Connected;
    switch (stage_) {
      case Stage::Slot:
        state = take_slot(target, step);
        break;
      case Stage::Addresses:
        state = find_addresses(target, step);
        break;
      case Stage::Connecting:
        return connect(target, now, step);
      case Stage::Connected:
        return State::Connected;
    }
    if (state != State::Pending || step.kind != Step::Kind::Done) return state;
  }
}

}  // namespace cxxproxy::exchange
