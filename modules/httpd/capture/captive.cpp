#include "httpd/capture/captive.hpp"

#include "httpd/capture/reactor_thread.hpp"
#include "httpd/log.hpp"

#include <apr_portable.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>

APLOG_USE_MODULE(cxxproxy);

namespace cxxproxy::httpd {
namespace {

// What is read ahead of the core while a head is not complete.
constexpr std::size_t read_ahead = 16384;

// Reads in a row of what nobody wants to know.
constexpr int reads_in_a_row = 8;

// When the child ends alone: how long an idle connection waits for a request, whose answer then says that the
// connection ends, so that none is lost that was sent meanwhile.
constexpr apr_interval_time_t farewell_time = apr_time_from_sec(5);

// Requests of one connection, pipelined, before others get their turn.
constexpr unsigned most_in_a_row = 16;

// As the core has it: how long a closed connection is read on, and how long when it was closed for bad manners.
constexpr apr_interval_time_t linger_time = apr_time_from_sec(30);
constexpr apr_interval_time_t short_linger_time = apr_time_from_sec(2);

// The MPM's thread takes the scoreboard handle out of a connection as the last thing it does with it (but one, see
// ReactorThread::bury).
bool mpm_is_done_with(conn_rec* c) { return std::atomic_ref<void*>(c->sbh).load(std::memory_order_acquire) == nullptr; }

int descriptor_of(conn_rec* c) {
  apr_os_sock_t fd = -1;
  apr_os_sock_get(&fd, ap_get_conn_socket(c));
  return fd;
}

}  // namespace

Captive::Captive(ClientConnection& connection, ReactorThread& home)
    : connection_(connection),
      c_(connection.c()),
      home_(home),
      head_(c_->base_server, home.plain_head()),
      keep_alive_(c_->base_server->keep_alive_timeout),
      again_(*this),
      driver_(*this, home) {
  connection.captive = this;
  home.enter();
}

Captive::~Captive() { home_.remove(*this); }

void Captive::capture(ClientConnection& connection, ReactorThread& home) {
  auto* captive = new Captive(connection, home);
  home.reactor().post([captive] { captive->join(); });
}

void Captive::park(ClientConnection& connection, ProxiedRequest& request, const exchange::Step& step,
                   ReactorThread& home) {
  auto* captive = new Captive(connection, home);
  captive->take(request, step);
  home.reactor().post([captive] { captive->join(); });
}

void Captive::failed(const char* what) noexcept {
  ap_log_cerror(APLOG_MARK, APLOG_ERR, 0, c_, CXXPROXY_LOGNO(0005) "connection given up: %s", what);
  c_->aborted = 1;
  destroy();
}

void Captive::on_ready() noexcept {
  guarded([this] { look(); });
}

void Captive::on_time() noexcept {
  guarded([this] { time_over(); });
}

void Captive::set_timer(apr_interval_time_t from_now) {
  home_.reactor().timers().set(*this, engine::deadline_after(home_.reactor().now(), engine::Duration(from_now)));
}

void Captive::look_again() { home_.reactor().timers().set(again_, home_.reactor().now()); }

// Uses up what the socket has said.
bool Captive::readable() {
  const bool said = watch_.take({.fd = -1, .readable = true, .writable = false}).readable;
  return said || connection_.may_bring_more();
}

bool Captive::something_to_read() const {
  return input_ended_ || watch_.seen().readable || connection_.may_bring_more() || !connection_.input().empty();
}

void Captive::join() {
  if (!mpm_is_done_with(c_)) {
    // A matter of microseconds, unless the other thread has just lost its core.
    home_.reactor().defer([this] { join(); });
    return;
  }
  home_.add(*this);
  guarded([this] { begin(); });
}

void Captive::begin() {
  c_->current_thread = home_.thread();
  watch_ = home_.reactor().watch(descriptor_of(c_), this);
  connection_.gate().engage(true);
  if (taken_) {
    state_ = State::Running;
    note_keep_alive(taken_->r());
    home_.scoreboard().show(handle_, c_);
    driver_.begin(*std::exchange(taken_, nullptr), taken_at_);
  } else {
    await_request();
  }
}

void Captive::look() {
  switch (state_) {
    case State::Idle:
    case State::Reading:
      if (something_to_read()) read_head();
      break;
    case State::Running:
      driver_.client_ready();
      break;
    case State::Writing:
      if (watch_.take({.fd = -1, .readable = false, .writable = true}).writable) write_on();
      break;
    case State::Lingering:
      linger();
      break;
    case State::Joining:
    case State::Away:
      break;
  }
}

void Captive::time_over() {
  switch (state_) {
    case State::Idle:
      apr_table_setn(c_->notes, "short-lingering-close", "1");
      start_closing();
      break;
    case State::Reading:
      ap_log_cerror(APLOG_MARK, APLOG_INFO, 0, c_, APLOGNO(01382) "Request header read timeout");
      apr_table_setn(c_->notes, "short-lingering-close", "1");
      connection_.end_with(APR_TIMEUP);
      run_request();
      break;
    case State::Writing:
      ap_log_cerror(APLOG_MARK, APLOG_INFO, APR_TIMEUP, c_, CXXPROXY_LOGNO(0006) "client does not take its answer");
      c_->aborted = 1;
      destroy();
      break;
    case State::Lingering:
      destroy();
      break;
    case State::Joining:
    case State::Running:
    case State::Away:
      break;
  }
}

// Nothing of the next request may be there yet, or all of it.
void Captive::await_request() {
  state_ = State::Idle;
  c_->cs->state = CONN_STATE_KEEPALIVE;
  if (something_to_read()) return read_head();
  stay_idle();
}

void Captive::stay_idle() {
  if (home_.closes_idle()) return start_closing();
  set_timer(home_.draining() ? std::min(keep_alive_, farewell_time) : keep_alive_);
}

void Captive::read_head() {
  wire::InputBuffer& input = connection_.input();
  engine::Reactor& reactor = home_.reactor();
  const engine::TimePoint now = reactor.now();
  if (state_ == State::Idle) head_.begin(now);
  bool complete = !input.empty() && head_.complete(input.unread(), now);
  while (!complete && !input_ended_ && readable()) {
    const apr_status_t status = connection_.fill(reactor.buffer(), read_ahead);
    // A TLS client may hang up without a word of TLS about it.
    const bool silent_end = APR_STATUS_IS_EAGAIN(status) && watch_.hung_up();
    if (APR_STATUS_IS_EAGAIN(status) && !silent_end) break;
    input_ended_ = status != APR_SUCCESS;
    if (input_ended_) connection_.end_with(silent_end ? APR_EOF : status);
    complete = !input_ended_ && head_.complete(input.unread(), now);
  }
  if (complete || (input_ended_ && !input.empty())) return run_request();
  if (input_ended_) return start_closing();
  input.keep();
  if (input.empty()) return stay_idle();
  state_ = State::Reading;
  reactor.timers().set(*this, head_.deadline());
}

// The request is over: the core has passed its end to the filters.
void Captive::after_request() {
  state_ = State::Writing;
  connection_.gate().engage(true);
  connection_.end_request();
  if (c_->cs->state != CONN_STATE_WRITE_COMPLETION) c_->keepalive = AP_CONN_CLOSE;
  write_on();
}

void Captive::write_on() {
  OutputGate& gate = connection_.gate();
  if (gate.flush() != APR_SUCCESS || c_->aborted) return destroy();
  if (gate.pending()) return set_timer(c_->base_server->timeout);
  if (c_->keepalive != AP_CONN_KEEPALIVE) return start_closing();
  if (++requests_in_a_row_ < most_in_a_row || connection_.input().empty()) return await_request();
  requests_in_a_row_ = 0;
  state_ = State::Idle;
  look_again();
}

void Captive::start_closing() {
  if (c_->aborted) return destroy();
  c_->cs->state = CONN_STATE_LINGER;
  if (ap_start_lingering_close(c_) != 0 || connection_.gate().flush() != APR_SUCCESS) return destroy();
  state_ = State::Lingering;
  const bool brief = home_.draining() || apr_table_get(c_->notes, "short-lingering-close");
  set_timer(brief ? short_linger_time : linger_time);
  linger();
}

void Captive::linger() {
  const bool seen = watch_.take({.fd = -1, .readable = true, .writable = false}).readable;
  if (!seen && !std::exchange(more_to_linger_, false)) return;
  const std::span<char> rest = home_.reactor().buffer();
  for (int round = 0; round < reads_in_a_row; ++round) {
    const ssize_t got = ::recv(descriptor_of(c_), rest.data(), rest.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got == 0 || (got < 0 && errno != EINTR)) return destroy();
  }
  more_to_linger_ = true;
  look_again();
}

void Captive::drain() noexcept {
  if (state_ == State::Lingering) set_timer(short_linger_time);
  if (state_ != State::Idle || something_to_read()) return;
  guarded([this] { stay_idle(); });
}

void Captive::part(engine::TimePoint by) noexcept {
  if (state_ != State::Running) return;
  guarded([&] { driver_.part(by); });
}

void Captive::destroy() noexcept {
  watch_.reset();
  connection_.captive = nullptr;
  apr_pool_t* const pool = c_->pool;
  ReactorThread& home = home_;
  apr_socket_close(ap_get_conn_socket(c_));
  // What the MPM's own cleanups go by.
  c_->cs->state = CONN_STATE_SUSPENDED;
  // Its requests may still be there, and what they hold refers to this.
  apr_allocator_max_free_set(apr_pool_allocator_get(pool), 1);
  apr_pool_clear(pool);
  delete this;
  home.bury(pool);
}

}  // namespace cxxproxy::httpd
