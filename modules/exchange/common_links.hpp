// HTTP/2 connections of threads that drive exchanges by waiting. They have them in common, and run their
// reactor in turns: one of those who wait watches all connections, the others hear from it.
#pragma once

#include "backend/socket.hpp"
#include "engine/wait.hpp"
#include "exchange/exchange.hpp"
#include "exchange/http2_links.hpp"

#include <functional>
#include <vector>

namespace cxxproxy::exchange {

// Any thread. It outlives the threads that have waited. While nobody waits nobody looks after the connections: what
// happened to them meanwhile is seen first by the next one who comes.
class CommonLinks {
 public:
  // BLOCKS for what `wait` says, as the caller would without HTTP/2.
  using Waiting = std::function<engine::Woken(const engine::Wait& wait)>;

  // See Http2Links::Options. Throws std::system_error.
  explicit CommonLinks(bool keeps_limited);

  // For an exchange that asks for them.
  void begin(Exchange& exchange);

  // BLOCKS until what the exchange waits for at the backend, where no descriptor is named, or at the client is there.
  engine::Woken wait(Exchange& exchange, const engine::Wait& wanted, const Waiting& waiting);

  // What is to be done on the connections at the moment is done: an exchange that is over, or waits for something else,
  // leaves things to be written and others to be told.
  void turn();

 private:
  // Readable from raise() to clear().
  class Event {
   public:
    Event();
    void raise() noexcept;
    void clear() noexcept;
    int descriptor() const noexcept { return fd_.get(); }

   private:
    backend::FileDescriptor fd_;
  };

  // One thread, for all its exchanges.
  class Waiter final : public engine::Watcher {
   public:
    // There is news. With the links locked.
    void on_ready() noexcept override;

    Event event;  // while it follows
    bool told = false;
    CommonLinks* waits_on = nullptr;
  };

  static Waiter& myself();
  bool enlist(Waiter& waiter, engine::Wait& outer);
  void forget_news(Waiter& waiter);
  void leave(Waiter& waiter);
  void pass_on();

  engine::Reactor reactor_;
  Http2Links links_;
  // What the leader waits for: the reactor, and news of its own, which others who turn the reactor do not take away.
  Event leader_event_;
  backend::FileDescriptor leader_watches_;
  Waiter* leader_ = nullptr;  // guarded by the links' lock, as is what follows
  engine::TimePoint leader_sleeps_until_ = engine::never;
  std::vector<Waiter*> followers_;  // wait for their events
};

}  // namespace cxxproxy::exchange
