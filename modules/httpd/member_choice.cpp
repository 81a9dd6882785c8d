#include "httpd/member_choice.hpp"

#include "httpd/balancing.hpp"
#include "httpd/log.hpp"
#include "httpd/roster.hpp"
#include "httpd/routed_url.hpp"
#include "httpd/scheme.hpp"
#include "httpd/server_index.hpp"

#include <algorithm>

APLOG_USE_MODULE(proxy);

namespace cxxproxy::httpd {
namespace {

using balance::Reason;

Member* generic = nullptr;

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

MemberChoice::MemberChoice(request_rec* r, const char* url) : r_(r), origin_(noted_origin(r)), url_{.text = url} {
  if (!names_balancer(url)) return;
  const ServerConfig& config = config_of(r->server);
  balancer_ = origin_ ? config.index->balancer(*origin_) : find_balancer(config, url);
  const std::string_view whole = url;
  const std::size_t slash = whole.find('/', strlen("balancer://"));
  balanced_path_ = slash == std::string_view::npos ? std::string_view{} : whole.substr(slash);
}

bool MemberChoice::choose(exchange::Failure& why) {
  if (balancer_) return choose_in_balancer(why);
  choose_alone();
  return true;
}

bool MemberChoice::may_use_http2() const {
  return balancer_ ? roster_of(*balancer_).any_http2 : uses_http2(scheme_of(url_.text));
}

bool MemberChoice::choose_in_balancer(exchange::Failure& why) {
  if (member_ && std::find(tried_.begin(), tried_.end(), member_) == tried_.end()) tried_.push_back(member_);
  Choice choice = choose_member(*balancer_, r_, balanced_path_, tried_);
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
  take(*choice.member, std::move(choice.busy));
  go_to(*choice.member, choice);
  return true;
}

// The balancer's `timeout`: how long a request waits for a member that can be used, looking a hundred times.
std::optional<engine::Duration> MemberChoice::patience_left(Reason reason) {
  const apr_interval_time_t timeout = roster_of(*balancer_).settings.timeout_us;
  if (reason != Reason::NoMember || timeout == 0) return std::nullopt;
  const apr_time_t now = apr_time_now();
  if (patience_ends_ == 0) patience_ends_ = now + timeout;
  if (now >= patience_ends_) return std::nullopt;
  return engine::Duration(std::min(timeout / 100, patience_ends_ - now));
}

void MemberChoice::choose_alone() {
  const ServerConfig& config = config_of(r_->server);
  Member* member = origin_ ? config.index->member(url_.text, *origin_, noted_mapping(r_))
                           : find_member(config, nullptr, url_.text, MemberKind::Any);
  if (!member) {
    member = generic_member();
    set_env(r_, "proxy-nokeepalive", "1");
  }
  take(*member, BusyMark(*shared_state(), *member->state));
  url_ = read_backend_url(r_->pool, url_.text, origin_);
}

void MemberChoice::take(Member& member, BusyMark busy) {
  member_ = &member;
  busy_ = std::move(busy);
  member.state->elected.fetch_add(1, std::memory_order_relaxed);
}

// What follows the balancer's name is asked for at the member.
void MemberChoice::go_to(Member& member, const Choice& choice) {
  constexpr std::string_view prefix = "proxy:";
  r_->filename = joined_in(r_->pool, {prefix, member.name, balanced_path_});
  url_ = read_backend_url(r_->pool, r_->filename + prefix.size(), origin_ ? member.origin : nullptr);
  set_env(r_, "BALANCER_NAME", balancer_->name);
  set_env(r_, "BALANCER_WORKER_NAME", member.name);
  set_env(r_, "BALANCER_WORKER_ROUTE", choice.member_route);
  if (choice.route_changed) set_env(r_, "BALANCER_ROUTE_CHANGED", "1");
  ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r_, APLOGNO(01172) "%s: worker (%s) rewritten to %s%s%s", balancer_->name,
                member.name, url_.text, choice.sticky_name ? " for session " : "",
                choice.sticky_name ? choice.sticky_name : "");
}

}  // namespace cxxproxy::httpd
