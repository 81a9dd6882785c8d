#include "httpd/proxied_request.hpp"

#include "httpd/log.hpp"
#include "httpd/proxy_error.hpp"

APLOG_USE_MODULE(proxy);

namespace cxxproxy::httpd {

using exchange::Outcome;

ProxiedRequest::ProxiedRequest(request_rec* r, const char* url, const BodyChoice& body)
    : r_(r),
      status_before_(r->status),
      client_(r, body.rules.present),
      dispatcher_(r, url),
      exchange_(client_, dispatcher_, body.rules, {.client = engine::Duration(r->server->timeout)}) {
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
    case Outcome::Kind::ClientGone:
      log_client_gone(r_, dispatcher_, outcome.failure);
      r_->connection->keepalive = AP_CONN_CLOSE;
      return r_->connection->aborted ? DONE : AP_FILTER_ERROR;
    case Outcome::Kind::Failed:
      break;
  }
  r_->status = status_before_;
  return explain_failure(r_, dispatcher_, outcome);
}

}  // namespace cxxproxy::httpd
