// What a captive does with one request: the core reads it, its phases run here or on a worker, an exchange answers it.
#include "httpd/capture/captive.hpp"

#include "httpd/capture/engine.hpp"
#include "httpd/capture/phase_watch.hpp"
#include "httpd/capture/reactor_thread.hpp"
#include "httpd/log.hpp"
#include "httpd/target_url.hpp"

#include <mod_core.h>

APLOG_USE_MODULE(cxxproxy);

namespace cxxproxy::httpd {
namespace {

// The answer to `status` is an error page that some handler has to make.
bool has_page_of_its_own(request_rec* r, int status) {
  if (!ap_is_HTTP_VALID_RESPONSE(status)) return false;
  const char* custom = ap_response_code_string(r, ap_index_of_response(status));
  return custom && custom[0] == '/';
}

// All of the body is at hand, so no phase can make this thread wait for it.
bool body_is_here(const HeadWait& head, std::size_t unread) {
  using Kind = wire::RequestHeadScan::BodyHint::Kind;
  const wire::RequestHeadScan::BodyHint body = head.body();
  if (head.expects_continue() || body.kind == Kind::Unknown) return false;
  return body.kind == Kind::None || body.length <= unread;
}

// A phase or a quick handler might wait for the client, or answer from a file, whatever its path has done before.
bool may_wait_for_client(const request_rec* r, ClientConnection& connection) {
  if (apr_table_get(r->headers_in, "Upgrade")) return true;  // another protocol may begin within a phase
  return cache_answers_quickly() || (handshakes_may_repeat() && !connection.is_plain());
}

}  // namespace

bool Captive::intercept(request_rec* r) noexcept {
  if (!intercepting_) return false;
  intercepting_ = false;
  intercepted_ = r;
  return true;
}

void Captive::take(ProxiedRequest& request, const exchange::Step& step) noexcept {
  taken_ = &request;
  taken_at_ = step;
}

void Captive::run_request() {
  home_.reactor().timers().cancel(*this);
  state_ = State::Running;
  connection_.timed = false;
  c_->cs->state = CONN_STATE_PROCESSING;
  intercepting_ = true;
  ap_run_process_connection(c_);
  intercepting_ = false;
  connection_.end_with(APR_SUCCESS);
  request_rec* const r = std::exchange(intercepted_, nullptr);
  if (r && c_->cs->state == CONN_STATE_SUSPENDED) {
    run_phases(r);
  } else {
    // The core has answered it by itself, or there was none.
    connection_.input().keep();
    after_request();
  }
}

// As the MPM has it: that of the virtual host, if one is configured there.
void Captive::note_keep_alive(const request_rec* r) {
  keep_alive_ = (r->server->keep_alive_timeout_set ? r->server : c_->base_server)->keep_alive_timeout;
}

void Captive::run_phases(request_rec* r) {
  note_keep_alive(r);
  home_.scoreboard().show(handle_, c_);
  PhaseWatch watch(r);
  const bool here = engine_is_on(r->server) && body_is_here(head_, connection_.input().size()) &&
                    !may_wait_for_client(r, connection_) && watch.quick();
  if (!here) return send_away(r, Errand::Everything);
  // A quick handler that says OK has answered.
  if (const int quick = ap_run_quick_handler(r, 0); quick != DECLINED) return handled(r, r->handler, quick);
  watch.begin(false);
  const int status = ap_process_request_internal(r);
  watch.end();
  if (status != OK) return finish_request(r, status);
  if (!is_proxied(r)) return send_away(r, Errand::Invoke);
  const char* const handler = r->handler;
  handled(r, handler, ap_invoke_handler(r));
}

void Captive::handled(request_rec* r, const char* handler, int status) {
  if (status != SUSPENDED) return finish_request(r, status);
  if (std::exchange(needs_worker_, false)) return send_away(r, Errand::Handle, handler);
  if (ProxiedRequest* request = std::exchange(taken_, nullptr)) {
    connection_.input().keep();
    driver_.begin(*request, taken_at_);
  } else {
    state_ = State::Away;  // somebody else's handler goes on with it
  }
}

void Captive::exchange_over(ProxiedRequest& request) {
  request_rec* const r = request.r();
  const exchange::Outcome& outcome = request.exchange().outcome();
  if (outcome.kind == exchange::Outcome::Kind::ClientGone && outcome.failure.reason == balance::Reason::ClientTimeout) {
    ap_log_rerror(APLOG_MARK, APLOG_INFO, APR_TIMEUP, r, CXXPROXY_LOGNO(0006) "client does not take its answer");
  }
  finish_request(r, request.conclude());
}

void Captive::finish_request(request_rec* r, int status) {
  if (has_page_of_its_own(r, status)) return send_away(r, Errand::Finish, nullptr, status);
  Scoreboard::hide(c_);
  die(r, status);
  ap_process_request_after_handler(r);
  connection_.input().keep();
  after_request();
}

void Captive::send_away(request_rec* r, Errand errand, const char* handler, int status) {
  state_ = State::Away;
  connection_.input().keep();
  connection_.gate().hand_over();
  run_on_worker([this, r, errand, handler, status] {
    c_->current_thread = ap_thread_current();
    show_worker(handle_, c_, r->request_time);
    connection_.timed = true;
    if (do_errand(r, errand, handler, status) == SUSPENDED) {
      if (!taken_) return;  // somebody else's handler goes on with it
      connection_.timed = false;
    }
    home_.reactor().post([this] { guarded([this] { come_back(); }); });
  });
}

void Captive::come_back() {
  c_->current_thread = home_.thread();
  home_.scoreboard().show(handle_, c_);
  if (ProxiedRequest* request = std::exchange(taken_, nullptr)) {
    state_ = State::Running;
    driver_.begin(*request, taken_at_);
  } else {
    Scoreboard::hide(c_);
    after_request();
  }
}

}  // namespace cxxproxy::httpd
