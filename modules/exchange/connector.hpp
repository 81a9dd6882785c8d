// Getting a connection to a target: a slot of its pool, a kept connection if one fits, else a new one to the first of
// its addresses that takes it.
//
//    begin ──▶ slot? ──▶ kept and alive? ──yes──▶ connected
//                              │no                   ▲
//                              ▼                     │
//                         addresses? ──▶ connect to each in turn ──▶ failed (all refused, or out of time)
//                                        (with TLS: and a handshake, at the first that is reached)
#pragma once

#include "backend/address_book.hpp"
#include "backend/pool.hpp"
#include "exchange/dispatcher.hpp"
#include "exchange/step.hpp"

#include <memory>

namespace cxxproxy::exchange {

// A connection that goes to somebody else, with the slot that it counts for.
struct HandedOver {
  backend::Lease lease;  // empty if the connection was the request's own; ends behind the connection
  std::unique_ptr<backend::Connection> connection;
};

class Connector {
 public:
  // The driver's answer to Step::Lookup and Step::Slot, and to a Step::Wait whose deadline has come.
  void looked_up(backend::Result<backend::EndpointList> outcome);
  void got_slot(backend::Result<backend::Lease> outcome);
  void timed_out() noexcept { late_ = true; }

  // A new target; what was held for the last one is let go. `fresh`: kept connections are passed over.
  void begin(const Target& target, bool fresh);

  enum class State : std::uint8_t { Pending, Connected, Failed };

  // Gets on as far as it can. Pending: `step` says what is missing. Failed: failure() says why.
  State advance(const Target& target, engine::TimePoint now, Step& step);

  const Failure& failure() const noexcept { return failure_; }
  backend::Connection* connection() const noexcept { return lease_.connection() ? lease_.connection() : own_.get(); }

  // The connection, once Connected, is the caller's from now on; nothing is held any more until begin().
  [[nodiscard]] HandedOver hand_over() noexcept;

  // Lets the connection go: back to its pool with `keep`, else closed.
  void release(bool keep) noexcept;

 private:
  State take_slot(const Target& target, Step& step);
  bool kept_connection_fits() const;
  State find_addresses(const Target& target, Step& step);
  State connect(const Target& target, engine::TimePoint now, Step& step);
  bool start_next(const Target& target, engine::TimePoint now);
  bool connect_is_late(const Target& target, engine::TimePoint now, bool blocked);
  void adopt(std::unique_ptr<backend::Connection> connection);
  State fail(balance::Reason reason, std::string detail);
  State fail_handshake(bool late);

  enum class Stage : std::uint8_t { Slot, Addresses, Connecting, Connected };

  Stage stage_ = Stage::Slot;
  bool fresh_ = false;
  bool late_ = false;     // what is under way has had its time
  bool reached_ = false;  // that is the handshake, the connect is over
  backend::Lease lease_;
  std::unique_ptr<backend::Connection> own_;  // of a target without a pool
  backend::EndpointList addresses_;
  std::size_t next_address_ = 0;
  engine::TimePoint deadline_ = engine::never;
  Failure failure_{};
};

}  // namespace cxxproxy::exchange
