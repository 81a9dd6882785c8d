#include "httpd/proxy_error.hpp"

#include "httpd/log.hpp"

APLOG_USE_MODULE(proxy_http);

namespace cxxproxy::httpd {
namespace {

using balance::Reason;

const char* name_of(const RequestDispatcher& dispatcher) {
  return dispatcher.member() ? dispatcher.member()->name : "(no member)";
}

// The client's part went wrong: before a member was chosen, or while its body was on the way to one.
void log_body_failure(request_rec* r, const RequestDispatcher& dispatcher, const exchange::Failure& failure) {
  // No status of APR's: a filter has found something wrong and has answered the client itself.
  const bool refused = failure.error == AP_FILTER_ERROR;
  const apr_status_t cause =
      failure.reason == Reason::ClientTimeout ? APR_TIMEUP : (refused ? APR_SUCCESS : failure.error);
  const std::string detail = failure.detail + (refused ? ": a filter has refused it" : "");
  if (!dispatcher.member()) {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, cause, r, APLOGNO(01095) "prefetch request body failed from %s (%s)",
                  r->useragent_ip, detail.c_str());
  } else {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, cause, r, APLOGNO(02608) "read request body failed to %s:%d from %s (%s)",
                  dispatcher.host(), dispatcher.port(), r->useragent_ip, detail.c_str());
  }
}

// The number under which mod_ssl says the same.
const char* number_of(backend::TlsFault fault) {
  switch (fault) {
    case backend::TlsFault::Certificate:
      return APLOGNO(02039);
    case backend::TlsFault::ChainTooLong:
      return APLOGNO(02040);
    case backend::TlsFault::Dates:
      return APLOGNO(02004);
    case backend::TlsFault::Name:
      return APLOGNO(02411);
    case backend::TlsFault::CommonName:
      return APLOGNO(02005);
    case backend::TlsFault::ClientCertificate:
      return APLOGNO(02268);
    case backend::TlsFault::Alpn:
    case backend::TlsFault::NoHttp2:
      return APLOGNO(10273);
    case backend::TlsFault::NotTls:
    case backend::TlsFault::Protocol:
    case backend::TlsFault::Slow:
    case backend::TlsFault::Other:
      break;
  }
  return APLOGNO(02003);
}

void log_failure(request_rec* r, const RequestDispatcher& dispatcher, const exchange::Failure& failure) {
  const std::string word(balance::row_of(failure.reason).word);
  switch (failure.reason) {
    case Reason::Timeout:
    case Reason::ProbeFailed:
    case Reason::ClosedEarly:
      ap_log_rerror(APLOG_MARK, APLOG_ERR, failure.error, r,
                    APLOGNO(01102) "error reading status line from remote server %s:%d (%s, %s)", dispatcher.host(),
                    dispatcher.port(), word.c_str(), failure.detail.c_str());
      break;
    case Reason::BadAnswer:
      ap_log_rerror(APLOG_MARK, APLOG_WARNING, failure.error, r, APLOGNO(01106) "bad answer from %s to %s (%s): %s",
                    name_of(dispatcher), r->uri, r->method, failure.detail.c_str());
      break;
    case Reason::ConnectFailed:
    case Reason::PoolExhausted:
      ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                    APLOGNO(01114) "HTTP: failed to make connection to backend: %s (%s, %s)", dispatcher.host(),
                    name_of(dispatcher), word.c_str());
      break;
    case Reason::TlsFailed:
      ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "%sno TLS with %s:%d (%s): %s",
                    number_of(failure.tls.value_or(backend::TlsFault::Other)), dispatcher.host(), dispatcher.port(),
                    name_of(dispatcher), failure.detail.c_str());
      break;
    case Reason::SendTimeout:
      ap_log_rerror(APLOG_MARK, APLOG_ERR, APR_TIMEUP, r, APLOGNO(01084) "pass request body failed to %s:%d (%s)",
                    dispatcher.host(), dispatcher.port(), name_of(dispatcher));
      break;
    case Reason::ClientBodyBad:
    case Reason::ClientTimeout:
    case Reason::ClientGone:
      log_body_failure(r, dispatcher, failure);
      break;
    case Reason::NoMember:
    case Reason::RouteUnavailable:
    case Reason::MemberUnusable:
    case Reason::NoUpgrade:
      break;  // said where it was found out
    default:
      ap_log_rerror(APLOG_MARK, APLOG_ERR, failure.error, r, CXXPROXY_LOGNO(0301) "no answer from %s to %s: %s (%s)",
                    name_of(dispatcher), r->uri, word.c_str(), failure.detail.c_str());
      break;
  }
}

// A bad field gets a plain page, a first line that is no status line the reason, as the stock modules have it.
const char* bad_answer_reason(const exchange::Failure& failure) {
  if (!failure.fault) return "Error reading from remote server";
  switch (*failure.fault) {
    case wire::Fault::BadStatusLine:
    case wire::Fault::BadVersion:
    case wire::Fault::BadStatus:
      return "Corrupt status line returned by remote server";
    case wire::Fault::TooManyInterims:
      return "Too many (interim) responses from origin server";
    default:
      return nullptr;
  }
}

// What the error page says; null for a plain one.
const char* page_reason(request_rec* r, const RequestDispatcher& dispatcher, const exchange::Failure& failure) {
  switch (failure.reason) {
    case Reason::Timeout:
    case Reason::ClosedEarly:
      return "Error reading from remote server";
    case Reason::BadAnswer:
      return bad_answer_reason(failure);
    case Reason::DnsFailed:
      return apr_pstrcat(r->pool, "DNS lookup failure for: ", dispatcher.host(), nullptr);
    case Reason::TlsFailed:
      return "Error during SSL Handshake with remote server";
    case Reason::ProbeFailed:
      return "Timeout on 100-Continue";
    default:
      return nullptr;
  }
}

}  // namespace

int proxy_error(request_rec* r, int status, const char* reason) {
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, APLOGNO(00898) "%s returned by %s", reason, r->uri);
  apr_table_setn(r->notes, "error-notes",
                 apr_pstrcat(r->pool, "The proxy server could not handle the request<p>Reason: <strong>",
                             ap_escape_html(r->pool, reason), "</strong></p>", nullptr));
  apr_table_setn(r->notes, "verbose-error-to", "*");
  r->status_line = apr_psprintf(r->pool, "%3.3u Proxy Error", static_cast<unsigned>(status));
  return status;
}

int explain_failure(request_rec* r, const RequestDispatcher& dispatcher, const exchange::Outcome& outcome) {
  log_failure(r, dispatcher, outcome.failure);
  r->status_line = nullptr;
  r->headers_out = apr_table_make(r->pool, 4);
  const char* reason = page_reason(r, dispatcher, outcome.failure);
  return reason ? proxy_error(r, outcome.status, reason) : outcome.status;
}

void log_client_gone(request_rec* r, const RequestDispatcher& dispatcher, const exchange::Failure& failure) {
  if (failure.reason == Reason::ClientGone) log_body_failure(r, dispatcher, failure);
}

void log_cut(request_rec* r, const RequestDispatcher& dispatcher, const exchange::Failure& failure) {
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, APLOGNO(01110) "error reading response from %s: %s (%s)",
                name_of(dispatcher), std::string(balance::row_of(failure.reason).word).c_str(), failure.detail.c_str());
}

void log_tunnel(request_rec* r, const RequestDispatcher& dispatcher, const exchange::Failure& failure) {
  const bool whole = failure.detail.empty();
  ap_log_rerror(APLOG_MARK, APLOG_DEBUG, failure.error, r, APLOGNO(10223) "the tunnel to %s has ended: %s",
                name_of(dispatcher), whole ? "both sides have" : failure.detail.c_str());
}

}  // namespace cxxproxy::httpd
