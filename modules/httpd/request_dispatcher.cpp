#include "httpd/request_dispatcher.hpp"

#include "httpd/balancing.hpp"
#include "httpd/connections.hpp"
#include "httpd/log.hpp"
#include "httpd/request_head.hpp"
#include "wire/url.hpp"

#include <algorithm>

APLOG_USE_MODULE(proxy);

namespace cxxproxy::httpd {
namespace {

using balance::Reason;

Member* generic = nullptr;

bool has_env(const request_rec* r, const char* name) { return apr_table_get(r->subprocess_env, name) != nullptr; }

const char* text_of(request_rec* r, std::string_view text) { return copy_in(r->pool, text); }

void set_env(request_rec* r, const char* name, const char* value) {
  if (value) apr_table_setn(r->subprocess_env, name, value);
}

}  // namespace

void define_generic_member(apr_pool_t* pool) {
  Member& member = make_in<Member>(pool);
  member.name = "proxy:reverse";
  member.scheme = member.host = "*";
  member.unix_path = "";
  member.is_generic = true;
  member.settings.disable_reuse.value = true;
  member.settings.fixed_address = false;
  member.settings.initial_status = balance::MemberFlag::Generic;
  generic = &member;
}

Member* generic_member() noexcept { return generic; }

RequestDispatcher::RequestDispatcher(request_rec* r, const char* url)
    : r_(r), config_(config_of(r->server)), url_(url), balancer_(nullptr) {
  if (!names_balancer(url)) return;
  balancer_ = find_balancer(config_, url);
  const std::string_view whole = url;
  const std::size_t slash = whole.find('/', strlen("balancer://"));
  balanced_path_ = slash == std::string_view::npos ? std::string_view{} : whole.substr(slash);
}

std::optional<exchange::Target> RequestDispatcher::choose(exchange::Failure& why) {
  if (balancer_) {
    if (!choose_in_balancer(why)) return std::nullopt;
  } else {
    choose_alone();
  }
  if (!read_url() || !is_served()) {
    why = {Reason::Internal, 0, apr_pstrcat(r_->pool, "no protocol handler for ", url_, nullptr)};
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r_,
                  APLOGNO(01144) "No protocol handler was valid for the URL %s (scheme '%s'). mod_cxxproxy serves http:// "
                                 "so far.",
                  r_->uri, wire::lower_cased(std::string_view(url_).substr(0, strcspn(url_, ":"))).c_str());
    return std::nullopt;
  }
  if (!usable_now(*member_)) {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r_, APLOGNO(00940) "%s: disabled connection for (%s:%d)", member_->scheme,
                  host_, static_cast<int>(port_));
    why = {Reason::MemberUnusable, 0, member_->name};
    return std::nullopt;
  }
  const char* unix_path = *member_->unix_path ? member_->unix_path : apr_table_get(r_->notes, "uds_path");
  const bool known_address = !member_->is_generic && member_->settings.fixed_address &&
                             std::string_view(unix_path ? unix_path : "") == member_->unix_path;
  return known_address ? target_for_member() : target_of_its_own(unix_path ? unix_path : "");
}

bool RequestDispatcher::choose_in_balancer(exchange::Failure& why) {
  const Choice choice = choose_member(*balancer_, r_, balanced_path_);
  if (choice.route) {
    apr_table_setn(r_->notes, "session-sticky", choice.sticky_name);
    apr_table_setn(r_->notes, "session-route", choice.route);
    set_env(r_, "BALANCER_SESSION_STICKY", choice.sticky_name);
    set_env(r_, "BALANCER_SESSION_ROUTE", choice.route);
  }
  if (!choice.member) {
    why = {choice.reason, 0, balancer_->name};
    why.again_after = patience_left(choice.reason);
    if (choice.reason == Reason::NoMember && !why.again_after) {
      ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r_, APLOGNO(01170) "%s: All workers are in error state", balancer_->name);
    }
    return false;
  }
  take_member(*choice.member, choice.sticky_name, choice.route);
  return true;
}

// The balancer's `timeout`: how long a request waits for a member that can be used, looking a hundred times.
std::optional<engine::Duration> RequestDispatcher::patience_left(Reason reason) {
  const apr_interval_time_t timeout = balancer_->settings.timeout;
  if (reason != Reason::NoMember || timeout == 0) return std::nullopt;
  const apr_time_t now = apr_time_now();
  if (patience_ends_ == 0) patience_ends_ = now + timeout;
  if (now >= patience_ends_) return std::nullopt;
  return engine::Duration(std::min(timeout / 100, patience_ends_ - now));
}

void RequestDispatcher::take_member(Member& member, const char* sticky_name, const char* route) {
  member_ = &member;
  busy_ = BusyMark(*shared_state(), *member.state);
  member.state->elected.fetch_add(1, std::memory_order_relaxed);
  url_ = apr_pstrcat(r_->pool, member.name, text_of(r_, balanced_path_), nullptr);
  r_->filename = apr_pstrcat(r_->pool, "proxy:", url_, nullptr);
  set_env(r_, "BALANCER_NAME", balancer_->name);
  set_env(r_, "BALANCER_WORKER_NAME", member.name);
  set_env(r_, "BALANCER_WORKER_ROUTE", member.settings.route);
  const bool sticky = *balancer_->settings.sticky_cookie || *balancer_->settings.sticky_param;
  if (sticky && (!route || strcmp(route, member.settings.route) != 0)) set_env(r_, "BALANCER_ROUTE_CHANGED", "1");
  ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r_, APLOGNO(01172) "%s: worker (%s) rewritten to %s%s%s", balancer_->name,
                member.name, url_, sticky_name ? " for session " : "", sticky_name ? sticky_name : "");
}

void RequestDispatcher::choose_alone() {
  member_ = find_member(config_, nullptr, url_, MemberKind::Any);
  if (!member_) {
    member_ = generic;
    set_env(r_, "proxy-nokeepalive", "1");
  }
  busy_ = BusyMark(*shared_state(), *member_->state);
  member_->state->elected.fetch_add(1, std::memory_order_relaxed);
}

// Takes the URL at hand apart: authority, host, port and what is asked for there.
bool RequestDispatcher::read_url() {
  const std::optional<wire::Url> url = wire::split_url(url_);
  if (!url) return false;
  std::string authority;
  wire::append_authority(authority, url->host, url->port);
  authority_ = text_of(r_, authority);
  host_ = text_of(r_, url->host);
  port_ = wire::port_number(url->port).value_or(wire::default_port(url->scheme).value_or(0));
  const std::string_view rest = url->path_and_query;
  target_ = rest.starts_with('/') ? text_of(r_, rest) : apr_pstrcat(r_->pool, "/", text_of(r_, rest), nullptr);
  return true;
}

bool RequestDispatcher::is_served() const { return strncmp(url_, "http://", 7) == 0; }

exchange::Target RequestDispatcher::target_for_member() {
  exchange::Target target;
  target.addresses = &member_->connections->addresses;
  target.pool = &member_->connections->pool;
  fill_in(target);
  return target;
}

exchange::Target RequestDispatcher::target_of_its_own(const char* unix_path) {
  exchange::Target target;
  target.addresses = &address_book_for(r_->pool, host_, port_, unix_path);
  fill_in(target);
  target.reuse = false;
  return target;
}

apr_interval_time_t RequestDispatcher::timeout() const {
  return member_->settings.timeout.value_or(config_.timeout.value_or(r_->server->timeout));
}

bool RequestDispatcher::reuses() const {
  return !member_->settings.disable_reuse.value && !member_->is_generic && !has_env(r_, "proxy-nokeepalive") &&
         !has_env(r_, "force-proxy-request-1.0");
}

bool RequestDispatcher::pings() const {
  return member_->settings.ping.given && r_->proxyreq == PROXYREQ_REVERSE && ap_request_has_body(r_) &&
         !has_env(r_, "force-proxy-request-1.0");
}

// The client's own word for it, or ours when the wait is ours alone.
const char* RequestDispatcher::expectation() const {
  if (!continue_forwarded_ && !pings()) return nullptr;
  const char* sent = apr_table_get(r_->headers_in, "Expect");
  return sent ? sent : "100-Continue";
}

void RequestDispatcher::fill_in(exchange::Target& target) const {
  const MemberSettings& settings = member_->settings;
  target.socket.keepalive = settings.keepalive.value_or(false);
  target.socket.receive_buffer = settings.receive_buffer.value_or(0);
  target.socket.source = source_endpoint(config_.source_address.value_or(nullptr));
  target.timeout = engine::Duration(timeout());
  target.connect_timeout = engine::Duration(settings.connect_timeout.value_or(timeout()));
  if (pings()) target.continue_timeout = engine::Duration(settings.ping.value);
  target.read_size = static_cast<std::size_t>(settings.io_buffer.value_or(config_.io_buffer.value_or(0)));
  target.reuse = reuses();
  target.fresh = has_env(r_, "proxy-initial-not-pooled") && r_->connection->keepalives == 0;
  // A connection that closes in the very moment costs nothing where the request may be sent again.
  target.careful = !idempotent();
  target.wait_for_continue = continue_forwarded_ || pings();
  // The request around this one may hold the slot that it would wait for.
  target.waits_for_slot = r_->main == nullptr;
  target.extra_crlf = has_env(r_, "proxy-sendextracrlf");
  target.answer.limits.line = static_cast<std::size_t>(settings.response_field.value_or(HUGE_STRING_LEN));
  target.answer.limits.head = std::max(target.answer.limits.head, target.answer.limits.line);
  target.answer.bad_field = config_.bad_header.value_or(wire::ResponseReader::BadField::Error);
  target.answer.head_request = r_->header_only != 0;
}

bool RequestDispatcher::write_head(std::string& out, const exchange::BodyPlan& plan) {
  const HeadContext context{.authority = authority_,
                            .target = target_,
                            .keep_alive = reuses(),
                            .expect = expectation(),
                            .http10 = has_env(r_, "force-proxy-request-1.0")};
  return write_request_head(r_, context, plan, out);
}

void RequestDispatcher::connected(const backend::Connection& connection) {
  error_mark(*member_->state, member_->settings.retry).connected();
  if (connection.source_error() && connection.exchanges() == 0) {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, connection.source_error(), r_,
                  APLOGNO(00956) "%s: failed to bind socket to local address", member_->scheme);
  }
  apr_table_setn(r_->notes, "proxy-source-port", apr_itoa(r_->pool, connection.local_port()));
}

void RequestDispatcher::mark_failed(Reason reason) {
  if (!error_mark(*member_->state, member_->settings.retry).mark_error(apr_time_now())) return;
  if (reason == Reason::Timeout) {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r_,
                  APLOGNO(02460) "%s: Forcing worker (%s) into error state due to timeout and 'failontimeout' parameter "
                                 "being set",
                  balancer_->name, member_->name);
  } else {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r_,
                  APLOGNO(00959) "ap_proxy_connect_backend disabling worker for (%s:%d) for %" APR_TIME_T_FMT "s",
                  host_, static_cast<int>(port_), apr_time_sec(member_->settings.retry));
  }
}

std::size_t RequestDispatcher::retries_allowed() const {
  if (!balancer_) return 0;
  const Setting<int>& given = balancer_->settings.max_attempts;
  const auto configured = given.given ? std::optional<std::size_t>(given.value) : std::nullopt;
  return balance::retries_allowed(configured, balancer_->members.size());
}

exchange::Next RequestDispatcher::failed(const exchange::Failure& failure, bool repeatable) {
  if (failure.reason == Reason::ConnectFailed) {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, failure.error, r_,
                  APLOGNO(00957) "%s: attempt to connect to %s (%s:%d) failed", member_->scheme, failure.detail.c_str(),
                  host_, static_cast<int>(port_));
  }
  if (failure.reason == Reason::Timeout || failure.reason == Reason::ProbeFailed)
    apr_table_setn(r_->notes, "proxy_timedout", "1");
  const bool fail_on_timeout = balancer_ && balancer_->settings.fail_on_timeout.value_or(false);
  const balance::MemberFlags flags(member_->state->flags.load(std::memory_order_acquire));
  const balance::Verdict verdict = balance::decide(failure.reason, {.member = flags,
                                                                    .fail_on_timeout = fail_on_timeout,
                                                                    .retries_done = retries_,
                                                                    .retries_allowed = retries_allowed()});
  if (verdict.mark_error) mark_failed(failure.reason);
  if (!balancer_ || !repeatable) return exchange::Next::GiveUp;
  // A backend that hangs up instead of answering is not in error for that, but another may do better.
  const bool hung_up = failure.reason == Reason::ClosedEarly && idempotent() && retries_ < retries_allowed();
  if (!verdict.try_another && !hung_up) return exchange::Next::GiveUp;
  ++retries_;
  return exchange::Next::TryAnother;
}

void RequestDispatcher::finished(std::uint64_t sent, std::uint64_t received) {
  member_->state->sent.fetch_add(sent, std::memory_order_relaxed);
  member_->state->received.fetch_add(received, std::memory_order_relaxed);
}

bool RequestDispatcher::idempotent() const {
  switch (r_->method_number) {
    case M_GET:
    case M_PUT:
    case M_DELETE:
    case M_OPTIONS:
    case M_TRACE:
    case M_PROPFIND:
      return true;
    default:
      return false;
  }
}

void RequestDispatcher::answered(int status) {
  if (!balancer_) return;
  const PoolArray<int>& listed = balancer_->settings.fail_on_status;
  if (std::find(listed.begin(), listed.end(), status) == listed.end()) return;
  if (!error_mark(*member_->state, member_->settings.retry).mark_error(apr_time_now())) return;
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r_,
                APLOGNO(01174) "%s: Forcing worker (%s) into error state due to status code %d matching "
                               "'failonstatus' balancer parameter",
                balancer_->name, member_->name, status);
}

}  // namespace cxxproxy::httpd
