// One try of an exchange at one backend over HTTP/1: the way there, the request out, the answer in. How it goes is
// decided here; whether there is another one is the exchange's to say.
#pragma once

#include "exchange/answer.hpp"
#include "exchange/connector.hpp"
#include "exchange/dispatcher.hpp"
#include "exchange/receiver.hpp"
#include "exchange/request_body.hpp"
#include "exchange/scratch.hpp"
#include "exchange/sender.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace cxxproxy::exchange {

class Http1Attempt {
 public:
  // A new one; what is left of the last is let go. `target` is the same until end(). `fresh`: kept connections are
  // passed over.
  void start(const Target& target, bool fresh) { connector_.begin(target, fresh); }

  // --- on the way

  Connector& connector() noexcept { return connector_; }

  // What carries it; null while there is nothing.
  backend::Connection* connection() const noexcept { return connector_.connection(); }

  // See Exchange.
  void watch(engine::Reactor& reactor, engine::Watcher& watcher) {
    if (connection()) connection()->attach(reactor, &watcher);
  }
  engine::Readiness take(const engine::Interest& wanted) noexcept {
    return connection() && wanted.any() ? connection()->watch().take(wanted) : engine::Readiness{};
  }

  // --- connected

  // Writes the head. False: something in it may not be written.
  bool begin(const Target& target, Dispatcher& dispatcher, const BodyPlan& plan);

  // As the parts do: what can be done now.
  Sender::State send(Client& client, RequestBody& body) { return sender_.advance(*connection(), client, body); }
  Receiver::State receive(Client& client, std::span<char> buffer) {
    return receiver_.read(*connection(), client, buffer);
  }
  Receiver::State resume(Client& client) { return receiver_.resume(client); }

  // The backend said 100: the body may go out. Or it wants no more of it.
  void continue_now() noexcept { sender_.continue_now(); }
  void stop_sending() noexcept { sender_.stop(); }

  Sender::State sending() const noexcept { return sender_.state(); }
  const Sender& sender() const noexcept { return sender_; }
  const Answer& answer() const noexcept { return receiver_.answer(); }

  // Something of an answer has come.
  bool started() const noexcept { return receiver_.started(); }

  // Another receive() may bring something without any sign from the descriptor.
  bool more() const noexcept { return receiver_.more(); }

  // The same before the first, and what was seen of the descriptor says so.
  bool holds_bytes() const noexcept { return connection()->holds_bytes(); }
  bool may_read(const engine::Readiness& seen) const noexcept { return connection()->may_read(seen); }

  // For the log, after an error of the connection.
  std::string why_broken(int error) const;

  // Bytes since begin().
  std::uint64_t sent() const noexcept { return connection()->bytes_written() - sent_before_; }
  std::uint64_t received() const noexcept { return connection()->bytes_read() - received_before_; }

  // The connection had carried other exchanges before.
  bool was_kept() const noexcept { return connection() && connection()->exchanges() > 0; }

  // The answer is over, and the connection can carry another exchange.
  bool is_reusable() const noexcept;

  // Lets the connection go: back to its pool with `keep`, else closed.
  void end(bool keep) noexcept { connector_.release(keep); }

 private:
  ScratchLoan scratch_;
  Connector connector_;
  Sender sender_;
  Receiver receiver_{scratch_->reader};
  std::uint64_t sent_before_ = 0;  // what the connection had carried
  std::uint64_t received_before_ = 0;
};

}  // namespace cxxproxy::exchange
