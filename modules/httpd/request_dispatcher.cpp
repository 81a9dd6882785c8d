#include "httpd/request_dispatcher.hpp"

#include "httpd/attempt_rules.hpp"
#include "httpd/balancing.hpp"
#include "httpd/log.hpp"
#include "httpd/request_head.hpp"
#include "httpd/roster.hpp"
#include "httpd/scheme.hpp"
#include "httpd/upgrade.hpp"
#include "wire/url.hpp"

#include <algorithm>

APLOG_USE_MODULE(proxy);

namespace cxxproxy::httpd {
namespace {

using balance::Reason;

health::ErrorMark mark_of(const Member& member) { return error_mark(*member.state, member.settings.retry); }

bool is_served(const BackendUrl& url) { return url.origin && serves(scheme_of(url.text)); }

// A name that the backend's certificate is not for says nothing about the backend when the client has chosen it.
bool is_clients_choice(const request_rec* r, const exchange::Failure& failure) {
  const bool other_name = failure.tls == backend::TlsFault::Name || failure.tls == backend::TlsFault::CommonName;
  return other_name && client_names_backend(r);
}

}  // namespace

RequestDispatcher::RequestDispatcher(request_rec* r, const char* url) : r_(r), choice_(r, url) {}

std::optional<exchange::Target> RequestDispatcher::choose(exchange::Failure& why) {
  if (!choice_.choose(why)) return std::nullopt;
  const BackendUrl& url = choice_.url();
  if (!is_served(url)) {
    why = {Reason::Internal, 0, apr_pstrcat(r_->pool, "no protocol handler for ", url.text, nullptr)};
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r_,
                  APLOGNO(01144) "No protocol handler was valid for the URL %s (scheme '%s'). mod_cxxproxy serves %s so "
                                 "far.",
                  r_->uri, wire::lower_cased(scheme_of(url.text)).c_str(), served_schemes);
    return std::nullopt;
  }
  Member& member = *choice_.member();
  if (!usable_now(member)) {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r_, APLOGNO(00940) "%s: disabled connection for (%s:%d)", member.scheme,
                  host(), port());
    why = {Reason::MemberUnusable, 0, member.name};
    return std::nullopt;
  }
  if (wants_tls(url) && !tls_way_of(r_)) {
    why = {Reason::Internal, 0, "SSLProxyEngine is not On"};
    refuse_without_tls(why);
    return std::nullopt;
  }
  switches_ = read_switches(r_);
  if (lacks_upgrade(url)) {
    why = {Reason::NoUpgrade, 0, member.name};
    return std::nullopt;
  }
  return AttemptRules(r_, member, switches_, continue_forwarded_).target(url);
}

bool RequestDispatcher::may_offer(std::string_view protocols) const noexcept {
  const std::string_view scheme = scheme_of(choice_.url().text);
  return member() && !uses_http2(scheme) &&
         httpd::may_offer(member()->settings.upgrade, protocols, is_websocket(scheme));
}

// With ProxyWebsocketFallbackToProxyHttp Off. Says which protocol it would be.
bool RequestDispatcher::lacks_upgrade(const BackendUrl& url) {
  if (dir_config_of(r_).websocket_fallback.value_or(true) || !is_websocket(scheme_of(url.text))) return false;
  const AttemptRules rules(r_, *member(), switches_, continue_forwarded_);
  if (rules.upgrade(url)) return false;
  const char* const wanted = apr_table_get(r_->headers_in, "Upgrade");
  const char* const expected = *member()->settings.upgrade ? member()->settings.upgrade : "WebSocket";
  ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r_,
                APLOGNO(02900) "require upgrade for URL %s (Upgrade header is %s, expecting %s)", url.text,
                wanted ? wanted : "missing", expected);
  apr_table_setn(r_->err_headers_out, "Connection", "Upgrade");
  apr_table_setn(r_->err_headers_out, "Upgrade", expected);
  return true;
}

void RequestDispatcher::refuse_without_tls(const exchange::Failure& why) {
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r_,
                APLOGNO(00961) "%s: failed to enable ssl support for %s:%d (%s): SSLProxyEngine is not On here. Put "
                               "\"SSLProxyEngine On\" into the virtual host, or into the <Proxy> section of the backend",
                member()->scheme, host(), port(), member()->name);
  static_cast<void>(failed(why, false));
}

HeadContext RequestDispatcher::head_context() const {
  const AttemptRules rules(r_, *choice_.member(), switches_, continue_forwarded_);
  return {.authority = choice_.url().origin->authority,
          .target = choice_.url().target,
          .keep_alive = rules.reuses(),
          .expect = rules.expectation(),
          .http10 = switches_.has(Switch::Http10),
          .scheme = wants_tls(choice_.url()) ? "https" : "http",
          .upgrade = rules.upgrade(choice_.url())};
}

bool RequestDispatcher::write_head(std::string& out, const exchange::BodyPlan& plan) {
  return write_request_head(r_, head_context(), plan, out);
}

bool RequestDispatcher::write_head(backend::Http2RequestHead& out, const exchange::BodyPlan& plan) {
  return write_request_head(r_, head_context(), plan, out);
}

bool RequestDispatcher::has_trailer() const { return !apr_is_empty_table(r_->trailers_in); }

bool RequestDispatcher::write_trailer(backend::Http2RequestHead& out) { return write_request_trailer(r_, out); }

void RequestDispatcher::connected(const exchange::Carrier& carrier) {
  mark_of(*member()).connected();
  if (carrier.source_error) {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, carrier.source_error, r_,
                  APLOGNO(00956) "%s: failed to bind socket to local address", member()->scheme);
  }
  apr_table_setn(r_->notes, "proxy-source-port", apr_itoa(r_->pool, carrier.local_port));
}

void RequestDispatcher::mark_failed(Reason reason) {
  if (!mark_of(*member()).mark_error(apr_time_now())) return;
  if (reason == Reason::Timeout) {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r_,
                  APLOGNO(02460) "%s: Forcing worker (%s) into error state due to timeout and 'failontimeout' parameter "
                                 "being set",
                  balancer()->name, member()->name);
  } else {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r_,
                  APLOGNO(00959) "ap_proxy_connect_backend disabling worker for (%s:%d) for %" APR_TIME_T_FMT "s",
                  host(), port(), apr_time_sec(member()->settings.retry));
  }
}

std::size_t RequestDispatcher::retries_allowed() const {
  if (!balancer()) return 0;
  const Roster& roster = roster_of(*balancer());
  const int given = roster.settings.max_attempts;
  const auto configured = given >= 0 ? std::optional<std::size_t>(given) : std::nullopt;
  return balance::retries_allowed(configured, roster.members.size());
}

exchange::Next RequestDispatcher::failed(const exchange::Failure& failure, bool repeatable) {
  if (failure.reason == Reason::ConnectFailed) {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, failure.error, r_,
                  APLOGNO(00957) "%s: attempt to connect to %s (%s:%d) failed", member()->scheme,
                  failure.detail.c_str(), host(), port());
  }
  if (failure.reason == Reason::Timeout || failure.reason == Reason::ProbeFailed)
    apr_table_setn(r_->notes, "proxy_timedout", "1");
  const bool fail_on_timeout = balancer() && balancer()->settings.fail_on_timeout.value_or(false);
  const balance::MemberFlags flags(member()->state->flags.load(std::memory_order_acquire));
  const balance::Verdict verdict = balance::decide(failure.reason, {.member = flags,
                                                                    .fail_on_timeout = fail_on_timeout,
                                                                    .retries_done = retries_,
                                                                    .retries_allowed = retries_allowed()});
  if (verdict.mark_error && !is_clients_choice(r_, failure)) mark_failed(failure.reason);
  if (!balancer() || !repeatable) return exchange::Next::GiveUp;
  // A backend that hangs up instead of answering is not in error for that, but another may do better.
  const bool hung_up =
      failure.reason == Reason::ClosedEarly && (idempotent() || failure.unseen) && retries_ < retries_allowed();
  if (!verdict.try_another && !hung_up) return exchange::Next::GiveUp;
  ++retries_;
  return exchange::Next::TryAnother;
}

void RequestDispatcher::finished(std::uint64_t sent, std::uint64_t received) {
  member()->state->sent.fetch_add(sent, std::memory_order_relaxed);
  member()->state->received.fetch_add(received, std::memory_order_relaxed);
}

bool RequestDispatcher::idempotent() const { return is_idempotent(r_); }

void RequestDispatcher::answered(int status) {
  if (!balancer()) return;
  const PoolArray<int>& listed = balancer()->settings.fail_on_status;
  if (std::find(listed.begin(), listed.end(), status) == listed.end()) return;
  if (!mark_of(*member()).mark_error(apr_time_now())) return;
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r_,
                APLOGNO(01174) "%s: Forcing worker (%s) into error state due to status code %d matching "
                               "'failonstatus' balancer parameter",
                balancer()->name, member()->name, status);
}

}  // namespace cxxproxy::httpd
