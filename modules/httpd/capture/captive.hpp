// A client connection that lives on a reactor.
//
//   Joining ──▶ Idle ⇄ Reading ──▶ Running ──▶ Writing ──▶ Idle ...
//                 │        │         │  ▲         │
//                 │        │         ▼  │         │
//                 │        │         Away ────────┤
//                 └────────┴──────▶ Lingering ◀───┘ ──▶ gone
//
//   Joining   the MPM's thread is not yet done with it
//   Idle      kept alive, nothing of a request is there
//   Reading   part of a request's head is there
//   Running   a request is under way
//   Away      a worker thread does what a reactor must not, and brings it back
//   Writing   the answer is complete but not all of it is with the client
//   Lingering our side is closed, the client's is read to its end (RFC 9112 section 9.6)
//
// It belongs to its reactor's thread; while Away, to the worker. The MPM never gets it back: it ends here.
#pragma once

#include "httpd/capture/client_connection.hpp"
#include "httpd/capture/errand.hpp"
#include "httpd/capture/exchange_driver.hpp"
#include "httpd/capture/head_wait.hpp"
#include "httpd/proxied_request.hpp"
#include "httpd/scoreboard.hpp"

#include "engine/reactor.hpp"

#include <exception>

namespace cxxproxy::httpd {

class ReactorThread;

class Captive final : private ExchangeDriver::Owner, private engine::Watcher, private engine::Timer {
 public:
  // On the MPM's thread, which then goes back to the MPM with the connection suspended and touches it no more: with its
  // next request still unread, or with a request whose exchange is at `step`.
  static void capture(ClientConnection& connection, ReactorThread& home);
  static void park(ClientConnection& connection, ProxiedRequest& request, const exchange::Step& step,
                   ReactorThread& home);

  Captive(const Captive&) = delete;
  Captive& operator=(const Captive&) = delete;
  ~Captive();

  // While the core runs a request of this connection, on the reactor or on a worker:

  // The core has read a request and no phase of it has run. True: it stops here, the captive goes on with it.
  bool intercept(request_rec* r) noexcept;

  // The head of the request at hand, if it is plain.
  const wire::PlainHead* plain_head() const noexcept { return head_.plain(); }

  // The handler has an exchange for it; whoever called the handler sees that it is driven from `step` on.
  void take(ProxiedRequest& request, const exchange::Step& step) noexcept;

  // The handler found that this request must not run on a reactor; it returns SUSPENDED and is run again on a worker.
  void ask_for_worker() noexcept { needs_worker_ = true; }

  // On the reactor's thread: the child is about to end. What is idle closes, as soon as the reactor says.
  void drain() noexcept;

  // The same: a tunnel has gone on for as long as it may, and has until then to end.
  void part(engine::TimePoint by) noexcept;

 private:
  enum class State : std::uint8_t { Joining, Idle, Reading, Running, Away, Writing, Lingering };

  Captive(ClientConnection& connection, ReactorThread& home);

  void on_ready() noexcept override;
  void on_time() noexcept override;
  void exchange_over(ProxiedRequest& request) override;
  engine::Watch& client_watch() override { return watch_; }
  OutputGate& client_gate() override { return connection_.gate(); }
  void failed(const char* what) noexcept override;
  // May destroy this, whether `work` throws or not.
  template <class Work>
  void guarded(Work work) noexcept {
    try {
      work();
    } catch (const std::exception& escaped) {
      failed(escaped.what());
    }
  }

  // Looks again in the next round: how a connection with much to do leaves others their turn.
  class Again final : public engine::Timer {
   public:
    explicit Again(Captive& owner) : owner_(owner) {}

   private:
    void on_time() noexcept override { owner_.on_ready(); }
    Captive& owner_;
  };

  // captive.cpp: the connection
  void join();
  void begin();
  void look();
  void time_over();
  void await_request();
  void stay_idle();
  void read_head();
  void after_request();
  void write_on();
  void start_closing();
  void linger();
  void destroy() noexcept;
  void set_timer(apr_interval_time_t from_now);
  void look_again();
  bool readable();
  bool something_to_read() const;

  // captive_request.cpp: one request of it
  void run_request();
  void run_phases(request_rec* r);
  void note_keep_alive(const request_rec* r);
  void handled(request_rec* r, const char* handler, int status);
  void finish_request(request_rec* r, int status);
  void send_away(request_rec* r, Errand errand, const char* handler = nullptr, int status = OK);
  void come_back();

  ClientConnection& connection_;
  conn_rec* const c_;
  ReactorThread& home_;
  State state_ = State::Joining;
  engine::Watch watch_;
  HeadWait head_;
  bool input_ended_ = false;
  bool more_to_linger_ = false;
  apr_interval_time_t keep_alive_;
  unsigned requests_in_a_row_ = 0;
  ap_sb_handle_t* handle_ = nullptr;
  Again again_;

  // What the hooks found out while the core or a handler ran.
  bool intercepting_ = false;
  request_rec* intercepted_ = nullptr;
  bool needs_worker_ = false;
  ProxiedRequest* taken_ = nullptr;
  exchange::Step taken_at_;

  ExchangeDriver driver_;

  friend class ReactorThread;  // its list
  Captive* next_ = nullptr;
  Captive* previous_ = nullptr;
};

}  // namespace cxxproxy::httpd
