// One try of an exchange at one backend: the way there, the request out, the answer in. How it goes is decided here,
// whatever protocol the backend speaks; whether there is another one is the exchange's to say.
#pragma once

#include "exchange/answer.hpp"
#include "exchange/connector.hpp"
#include "exchange/dispatcher.hpp"
#include "exchange/request_body.hpp"
#include "exchange/sender.hpp"

#include "engine/reactor.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace cxxproxy::exchange {

class Http2Links;

// Why an attempt has ended without a whole answer.
struct Ending {
  Failure failure;
  bool may_be_stale;  // a kept connection had come to its end: that says nothing about the backend
};

class Attempt {
 public:
  virtual ~Attempt() = default;

  // --- on the way

  // A new one; what is left of the last is let go. `target` is the same until end(). `fresh`: kept connections are
  // passed over.
  virtual void start(const Target& target, bool fresh) = 0;

  // Gets on as far as it can. Pending: `step` says what is missing. Failed: failure() says why.
  virtual Connector::State advance(const Target& target, engine::TimePoint now, Step& step) = 0;
  virtual const Failure& failure() const noexcept = 0;

  // The driver's answers to Step::Lookup, Step::Slot and Step::Links, and to a Step::Wait whose deadline has come.
  void looked_up(backend::Result<backend::EndpointList> outcome) { connector_.looked_up(std::move(outcome)); }
  void got_slot(backend::Result<backend::Lease> outcome) { connector_.got_slot(std::move(outcome)); }
  virtual void got_links(Http2Links&, engine::Watcher&) noexcept {}
  virtual void timed_out() noexcept { connector_.timed_out(); }

  // Of what carries it, once it is there.
  virtual Carrier carrier() const noexcept = 0;

  // See Exchange.
  virtual void watch(engine::Reactor& reactor, engine::Watcher& watcher) = 0;
  virtual engine::Readiness take(const engine::Interest& wanted) noexcept = 0;

  // --- connected

  // Writes the head. False: something in it may not be written.
  virtual bool begin(const Target& target, Dispatcher& dispatcher, const BodyPlan& plan) = 0;

  // What can be done now, without waiting.
  virtual Sender::State send(Client& client, RequestBody& body) = 0;
  virtual Answer::State receive(Client& client, std::span<char> buffer) = 0;

  // The client can take more: hands on what was kept back.
  virtual Answer::State resume(Client& client) = 0;

  // The backend said 100: the body may go out. Or it wants no more of it.
  virtual void continue_now() noexcept = 0;
  virtual void stop_sending() noexcept = 0;

  // What send() said last; what the client deserves when that was ClientFailed, and why.
  virtual Sender::State sending() const noexcept = 0;
  virtual int client_status() const noexcept = 0;
  virtual int client_error() const noexcept = 0;

  virtual const Answer& answer() const noexcept = 0;

  // Something of an answer has come.
  virtual bool started() const noexcept = 0;

  // Another receive() may bring something without any sign from the backend; or it may by what was seen of it.
  virtual bool more() const noexcept = 0;
  virtual bool may_read(const engine::Readiness& seen) const noexcept = 0;

  // What to wait for so that receiving or sending (either or both) may get on.
  virtual engine::Interest interest(bool want_receive, bool want_send) const noexcept = 0;

  // Of an answer that is Failed or Broken; of a request that is BackendFailed.
  virtual Ending broken_answer(Answer::State how) const = 0;
  virtual Ending broken_request() const = 0;

  // The backend cannot have begun with the request.
  virtual bool unseen() const noexcept = 0;

  // Bytes since begin().
  virtual std::uint64_t sent() const noexcept = 0;
  virtual std::uint64_t received() const noexcept = 0;

  // It failed for what it shares with others before it: a connection of its own may do better.
  virtual bool was_kept() const noexcept = 0;

  // The answer is over, and what carried it can carry another exchange.
  virtual bool is_reusable() const noexcept = 0;

  // What carries it alone, for what comes after a 101. Null where a connection carries others, too.
  virtual backend::Connection* own_connection() const noexcept { return nullptr; }

  // What came with a 101, in the turn in which it came: the client has noted it.
  virtual std::string_view behind_switch() const noexcept { return {}; }

  // What the client has noted of the answer lies in here until end().
  virtual bool lends_answer() const noexcept = 0;

  // Lets go of what carries it: kept for others with `keep`.
  virtual void end(bool keep) noexcept = 0;

 protected:
  Connector connector_;
};

}  // namespace cxxproxy::exchange
