// Drives one exchange at a time on a reactor, for as long as it takes, without a thread waiting.
#pragma once

#include "httpd/proxied_request.hpp"

#include "engine/reactor.hpp"

#include <memory>

namespace cxxproxy::httpd {

class ReactorThread;

// One captured connection's. On the reactor's thread.
class ExchangeDriver final : private engine::Watcher, private engine::Timer {
 public:
  class Owner {
   public:
    // The exchange is over. It may destroy the driver.
    virtual void exchange_over(ProxiedRequest& request) = 0;
    virtual engine::Watch& client_watch() = 0;
    virtual OutputGate& client_gate() = 0;

    // Something that was thrown; the connection cannot go on. It may destroy the driver.
    virtual void failed(const char* what) noexcept = 0;

   protected:
    ~Owner() = default;
  };

  ExchangeDriver(Owner& owner, ReactorThread& home);
  ~ExchangeDriver();

  // Goes on with an exchange from where `step` left it: a fresh one with Step::Kind::Yield.
  void begin(ProxiedRequest& request, const exchange::Step& step);

  // A tunnel, if it is one, is to end in good order by then.
  void part(engine::TimePoint by);

  // The client's watch has seen something.
  void client_ready();

 private:
  struct SlotTicket;
  class TunnelLook;

  void on_ready() noexcept override;
  void on_time() noexcept override;
  template <class Work>
  void guarded(Work work) noexcept;

  void advance(engine::Woken woken);
  bool go_on(engine::Woken& woken);
  void look_at_both();
  void wait();
  engine::Woken take_ready();
  bool client_is_writable();
  void watch_backend();
  void look_up();
  void take_slot();
  void drop_ticket();
  void slot_came();
  void time_over();

  Owner& owner_;
  ReactorThread& home_;
  std::unique_ptr<TunnelLook> look_;  // of a tunnel
  ProxiedRequest* request_ = nullptr;
  exchange::Step step_;
  engine::Woken left_over_;  // seen in a turn's last step, for the next turn
  std::shared_ptr<SlotTicket> ticket_;
  engine::TimePoint slot_deadline_ = engine::never;
};

}  // namespace cxxproxy::httpd
