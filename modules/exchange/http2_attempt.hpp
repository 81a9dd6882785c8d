// An attempt over HTTP/2: one stream among others of a connection.
#pragma once

#include "backend/http2/request_head.hpp"
#include "backend/http2/stream.hpp"
#include "exchange/attempt.hpp"
#include "exchange/http2_links.hpp"
#include "exchange/scratch.hpp"

#include "engine/timer_queue.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cxxproxy::exchange {

// What comes of the answer is noted as it comes, and pulled by receive() when the connection has had its turn: so the
// client, whatever it does, runs on nobody's stack but the driver's.
//
// The links are locked here wherever something of theirs is touched, never while the client is called.
class Http2Attempt final : public Attempt,
                           private backend::Http2StreamOwner,
                           private Http2Links::Seeker,
                           private engine::Timer {
 public:
  // `scratch` is its own meanwhile, and outlives it.
  explicit Http2Attempt(Scratch& scratch) noexcept : head_(scratch.http2_head), final_(scratch.http2_answer) {}
  ~Http2Attempt() override { end(false); }

  void start(const Target& target, bool fresh) override;
  Connector::State advance(const Target& target, engine::TimePoint now, Step& step) override;
  const Failure& failure() const noexcept override { return failure_; }
  void got_links(Http2Links& links, engine::Watcher& watcher) noexcept override {
    links_ = &links;
    watcher_ = &watcher;
  }
  void timed_out() noexcept override;
  Carrier carrier() const noexcept override { return carrier_; }
  void watch(engine::Reactor& reactor, engine::Watcher& watcher) override;
  engine::Readiness take(const engine::Interest& wanted) noexcept override;

  bool begin(const Target& target, Dispatcher& dispatcher, const BodyPlan& plan) override;
  Sender::State send(Client& client, RequestBody& body) override { return sending_ = load(client, body); }
  Answer::State receive(Client& client, std::span<char> buffer) override;
  Answer::State resume(Client& client) override { return answer_.deliver(client, more()); }
  void continue_now() noexcept override { wait_for_continue_ = false; }
  void stop_sending() noexcept override { stopped_ = true; }

  Sender::State sending() const noexcept override { return sending_; }
  int client_status() const noexcept override { return client_status_; }
  int client_error() const noexcept override { return client_error_; }
  const Answer& answer() const noexcept override { return answer_; }
  bool started() const noexcept override;
  bool more() const noexcept override;
  bool may_read(const engine::Readiness&) const noexcept override { return more(); }
  engine::Interest interest(bool want_receive, bool want_send) const noexcept override {
    return {.fd = -1, .readable = want_receive, .writable = want_send};
  }

  Ending broken_answer(Answer::State how) const override;
  Ending broken_request() const override { return broken_answer(Answer::State::Failed); }
  bool unseen() const noexcept override;
  std::uint64_t sent() const noexcept override;
  std::uint64_t received() const noexcept override;
  bool was_kept() const noexcept override;
  bool is_reusable() const noexcept override { return true; }
  bool lends_answer() const noexcept override { return true; }
  void end(bool keep) noexcept override;

 private:
  enum class Stage : std::uint8_t { Asking, Waiting, Dialing, There };

  void on_interim(const wire::ResponseHead& head, backend::Http2Fields& fields) noexcept override;
  void on_head(const wire::Head& head, backend::Http2Fields& fields) noexcept override;
  std::size_t on_body(std::string_view bytes) noexcept override;
  void on_turn_end() noexcept override {}
  void on_end() noexcept override { news(); }
  void on_broken(const backend::Http2Failure& failure) noexcept override;
  void on_body_sent() noexcept override { news(); }
  void on_link_news() noexcept override;
  void on_time() noexcept override;

  using Lock = std::unique_lock<Http2Links>;
  Lock lock() const { return links_ ? Lock(*links_) : Lock(); }
  bool has_news() const noexcept;
  bool left_out() const noexcept;
  void forget() noexcept;
  void news() noexcept;
  void push(std::string_view piece, bool last);
  void out_of_memory() noexcept;
  void ask(const Target& target, engine::TimePoint now);
  std::optional<Connector::State> wait_for_others(Step& step);
  std::optional<Connector::State> dial(const Target& target, engine::TimePoint now, Step& step);
  void arrive(const Http2Links::Hold& hold) noexcept;
  bool take_over(const Target& target);
  Connector::State fail(Failure failure);
  void await(const Target& target, engine::TimePoint now, bool for_room) noexcept;
  bool wait_instead(const Target& target, engine::TimePoint now);
  Sender::State ready_for_body() const;
  Sender::State load(Client& client, RequestBody& body);
  void end_request();
  Sender::State state_of_stream() const noexcept;
  struct Piece {
    std::string_view bytes;
    bool more;  // lies behind it
    bool last;
  };
  bool is_broken() const;
  Piece next_piece() const;
  void drop(std::size_t count, bool keeps_up);
  std::optional<Answer::State> hand_on_heads(Client& client);
  Answer::State hand_on_body(Client& client);

  // The way.
  Http2Links* links_ = nullptr;
  engine::Watcher* watcher_ = nullptr;
  Stage stage_ = Stage::Asking;
  bool again_ = false;  // after an attempt that came to nothing for what it shared with others
  bool told_ = false;   // while waiting
  bool for_room_ = false;
  bool late_ = false;
  engine::TimePoint deadline_ = engine::never;
  Failure failure_;
  Http2Links::Hold hold_;  // from There to begin()
  Carrier carrier_{};
  bool link_used_ = false;

  Http2Links::Number seen_ = 0;        // connections up to it are passed over
  Http2Links::Number broke_with_ = 0;  // the newest when the one that carried this was lost
  bool link_new_ = false;              // it came after one was lost

  // The request.
  Dispatcher* dispatcher_ = nullptr;
  backend::Http2RequestHead& head_;
  backend::Http2Stream stream_{*this};
  Sender::State sending_ = Sender::State::Complete;
  bool body_ended_ = true;
  bool wait_for_continue_ = false;
  bool stopped_ = false;
  std::uint64_t given_ = 0;  // to the stream
  int client_status_ = 0;
  int client_error_ = 0;

  // The answer.
  Answer answer_;
  std::vector<KeptHead> interims_;
  KeptHead& final_;
  bool head_waits_ = false;
  bool started_ = false;
  std::uint64_t received_ = 0;
  std::optional<backend::Http2Failure> broken_;
  std::string broken_detail_;
};

}  // namespace cxxproxy::exchange
