#include "httpd/proxied_request.hpp"

#include "httpd/answer_head.hpp"
#include "httpd/log.hpp"
#include "httpd/proxy_error.hpp"

#include <vector>

APLOG_USE_MODULE(proxy);

namespace cxxproxy::httpd {

using exchange::Outcome;

namespace {

constexpr std::size_t most_kept = 64;

// Memory for the next ones of this thread. It ends with its thread; what ends after it finds it closed.
thread_local bool closed = false;

class Shelf {
 public:
  Shelf() { kept_.reserve(most_kept); }
  Shelf(const Shelf&) = delete;
  Shelf& operator=(const Shelf&) = delete;
  ~Shelf() {
    closed = true;
    for (void* memory : kept_) ::operator delete(memory);
  }

  void* take() noexcept {
    if (kept_.empty()) return nullptr;
    void* const memory = kept_.back();
    kept_.pop_back();
    return memory;
  }

  bool put(void* memory) noexcept {
    if (kept_.size() == most_kept) return false;
    kept_.push_back(memory);
    return true;
  }

 private:
  std::vector<void*> kept_;
};

thread_local Shelf shelf;

// What goes over HTTP/2 may be a dialogue, whose client waits for answers to what it has sent so far.
exchange::BodyRules body_rules(const RequestDispatcher& dispatcher, exchange::BodyRules rules) {
  if (rules.present) rules.may_wait_ahead = rules.may_wait_ahead && !dispatcher.may_use_http2();
  return rules;
}

}  // namespace

void* ProxiedRequest::operator new(std::size_t size) {
  void* const kept = closed ? nullptr : shelf.take();
  return kept ? kept : ::operator new(size);
}

void ProxiedRequest::operator delete(void* memory) noexcept {
  if (closed || !shelf.put(memory)) ::operator delete(memory);
}

ProxiedRequest& ProxiedRequest::begin(request_rec* r, const char* url, const BodyChoice& body) {
  auto* made = new ProxiedRequest(r, url, body);
  apr_pool_cleanup_register(
      r->pool, made,
      [](void* request) noexcept -> apr_status_t {
        delete static_cast<ProxiedRequest*>(request);
        return APR_SUCCESS;
      },
      apr_pool_cleanup_null);
  return *made;
}

ProxiedRequest::ProxiedRequest(request_rec* r, const char* url, const BodyChoice& body)
    : r_(r),
      status_before_(r->status),
      client_(r, body.rules.present),
      dispatcher_(r, url),
      exchange_(client_, dispatcher_, body_rules(dispatcher_, body.rules),
                {.client = engine::Duration(r->server->timeout)}) {
  client_.ask_about_protocols(dispatcher_);
  dispatcher_.expect_continue(body.continue_forwarded);
}

int ProxiedRequest::conclude() {
  const Outcome& outcome = exchange_.outcome();
  // What is left of the body ends with the connection.
  if (outcome.body_unread) r_->connection->keepalive = AP_CONN_CLOSE;
  const int status = verdict(outcome);
  dispatcher_.leave_member();
  return status;
}

int ProxiedRequest::verdict(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::Answered:
      dispatcher_.answered(outcome.status);
      return OK;
    case Outcome::Kind::Replaced:
      dispatcher_.answered(outcome.status);
      r_->status = status_before_;
      return outcome.status;
    case Outcome::Kind::Cut:
      log_cut(r_, dispatcher_, outcome.failure);
      return OK;
    case Outcome::Kind::Tunnelled:
      log_tunnel(r_, dispatcher_, outcome.failure);
      r_->connection->keepalive = AP_CONN_CLOSE;
      return DONE;
    case Outcome::Kind::ClientGone:
      log_client_gone(r_, dispatcher_, outcome.failure);
      r_->connection->keepalive = AP_CONN_CLOSE;
      leave_head_to_core(r_);
      return r_->connection->aborted ? DONE : AP_FILTER_ERROR;
    case Outcome::Kind::Failed:
      break;
  }
  r_->status = status_before_;
  return explain_failure(r_, dispatcher_, outcome);
}

}  // namespace cxxproxy::httpd
