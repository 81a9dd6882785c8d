// One question to one backend, on a reactor: an exchange without a client.
#pragma once

#include "engine/reactor.hpp"
#include "exchange/exchange.hpp"
#include "exchange/http2_links.hpp"
#include "probe/question.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace cxxproxy::probe {

// On the thread of its reactor. Given up in the middle, it closes its connection and says nothing.
class Probe final : private exchange::Client, private exchange::Dispatcher, private engine::Watcher {
 public:
  // Looks up names on another thread; the outcome comes on the reactor's. The book outlives that.
  using LookedUp = std::function<void(backend::Result<backend::EndpointList>)>;
  using LookUp = std::function<void(backend::AddressBook& book, LookedUp done)>;

  // Called once, last of all: it may destroy the probe. It must not throw.
  using Done = std::function<void(Answer&& answer)>;

  Probe(engine::Reactor& reactor, LookUp look_up, Question question, Done done);
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  // Once. It may call `done`.
  void start();

 private:
  class Alarm final : public engine::Timer {
   public:
    Alarm(Probe& owner, void (Probe::*what)()) noexcept : owner_(owner), what_(what) {}

   private:
    void on_time() noexcept override { owner_.guarded(what_); }
    Probe& owner_;
    void (Probe::*what_)();
  };

  // exchange::Client
  exchange::BodyRead read_body(std::size_t most) override;
  void interim(const wire::ResponseHead&) override {}
  exchange::HeadUse head(const wire::Head& head) override;
  void body(std::string_view bytes) override;
  exchange::Flow deliver(bool) override { return too_long_ ? exchange::Flow::Gone : exchange::Flow::Ready; }
  void end(std::span<const wire::Field> trailers) override;
  void cut() override {}

  // exchange::Dispatcher
  std::optional<exchange::Target> choose(exchange::Failure& why) override;
  bool write_head(std::string& out, const exchange::BodyPlan& plan) override;
  bool write_head(backend::Http2RequestHead& out, const exchange::BodyPlan& plan) override;
  bool has_trailer() const override { return false; }
  bool write_trailer(backend::Http2RequestHead&) override { return false; }
  void connected(const exchange::Carrier&) override {}
  exchange::Next failed(const exchange::Failure&, bool) override { return exchange::Next::GiveUp; }
  void finished(std::uint64_t, std::uint64_t) override {}
  bool idempotent() const override { return false; }

  void on_ready() noexcept override { guarded(&Probe::look); }
  void guarded(void (Probe::*what)()) noexcept;
  void begin();
  void look();
  void wait_over();
  void out_of_time();
  void advance(engine::Woken woken);
  bool advance_once(const engine::Woken& woken);
  bool advance_connect(bool timed_out);
  bool go_on(engine::Woken& woken);
  engine::Readiness take(const engine::Interest& wanted) noexcept;
  void look_up();
  void conclude();
  void leave_lookup() noexcept;
  void finish() noexcept;

  engine::Reactor& reactor_;
  const LookUp look_up_;
  const Question question_;
  Done done_;
  Answer answer_;
  bool body_given_ = false;
  std::size_t body_read_ = 0;  // of the answer
  bool too_long_ = false;      // that is more than anybody has to read
  std::optional<exchange::Http2Links> links_;
  std::optional<exchange::Exchange> exchange_;
  exchange::Connector connector_;  // of Kind::Connect
  exchange::Step step_;
  engine::Woken left_over_;  // seen in a turn's last step, for the next turn
  Alarm wait_{*this, &Probe::wait_over};
  Alarm limit_{*this, &Probe::out_of_time};
  std::shared_ptr<Probe*> myself_;  // of those who look up: null when it is gone
};

}  // namespace cxxproxy::probe
