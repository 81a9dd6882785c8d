// An attempt over HTTP/1: it has a connection to itself.
#pragma once

#include "exchange/attempt.hpp"
#include "exchange/receiver.hpp"
#include "exchange/scratch.hpp"

#include <cstdint>
#include <span>

namespace cxxproxy::exchange {

class Http1Attempt final : public Attempt {
 public:
  // `scratch` is its own meanwhile, and outlives it.
  explicit Http1Attempt(Scratch& scratch) noexcept : head_(scratch.head), receiver_(scratch.reader) {}

  void start(const Target& target, bool fresh) override { connector_.begin(target, fresh); }
  Connector::State advance(const Target& target, engine::TimePoint now, Step& step) override {
    return connector_.advance(target, now, step);
  }
  const Failure& failure() const noexcept override { return connector_.failure(); }
  Carrier carrier() const noexcept override { return Carrier::of(*connection(), connection()->exchanges() == 0); }
  void watch(engine::Reactor& reactor, engine::Watcher& watcher) override {
    if (connection()) connection()->attach(reactor, &watcher);
  }
  engine::Readiness take(const engine::Interest& wanted) noexcept override {
    return connection() && wanted.any() ? connection()->watch().take(wanted) : engine::Readiness{};
  }

  bool begin(const Target& target, Dispatcher& dispatcher, const BodyPlan& plan) override;
  Sender::State send(Client& client, RequestBody& body) override {
    return sender_.advance(*connection(), client, body);
  }
  Answer::State receive(Client& client, std::span<char> buffer) override {
    if (sender_.sent_all()) receiver_.request_sent();
    return receiver_.read(*connection(), client, buffer);
  }
  Answer::State resume(Client& client) override { return receiver_.resume(client); }
  void continue_now() noexcept override { sender_.continue_now(); }
  void stop_sending() noexcept override { sender_.stop(); }

  Sender::State sending() const noexcept override { return sender_.state(); }
  int client_status() const noexcept override { return sender_.status(); }
  int client_error() const noexcept override { return sender_.error(); }
  const Answer& answer() const noexcept override { return receiver_.answer(); }
  bool started() const noexcept override { return receiver_.started(); }
  bool more() const noexcept override { return receiver_.more(); }
  bool may_read(const engine::Readiness& seen) const noexcept override { return connection()->may_read(seen); }
  engine::Interest interest(bool want_receive, bool want_send) const noexcept override {
    return connection()->interest(want_receive, want_send);
  }

  Ending broken_answer(Answer::State how) const override;
  Ending broken_request() const override;
  bool unseen() const noexcept override { return sent() == 0; }
  std::uint64_t sent() const noexcept override { return connection()->bytes_written() - sent_before_; }
  std::uint64_t received() const noexcept override { return connection()->bytes_read() - received_before_; }
  bool was_kept() const noexcept override { return connection() && connection()->exchanges() > 0; }
  bool is_reusable() const noexcept override;
  backend::Connection* own_connection() const noexcept override { return connection(); }
  std::string_view behind_switch() const noexcept override { return receiver_.behind_switch(); }
  bool lends_answer() const noexcept override { return false; }
  void end(bool keep) noexcept override { connector_.release(keep); }

 private:
  backend::Connection* connection() const noexcept { return connector_.connection(); }
  std::string why_broken(int error) const;

  std::string& head_;
  Sender sender_;
  Receiver receiver_;
  std::uint64_t sent_before_ = 0;  // what the connection had carried
  std::uint64_t received_before_ = 0;
};

}  // namespace cxxproxy::exchange
