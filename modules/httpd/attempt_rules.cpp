#include "httpd/attempt_rules.hpp"

#include "httpd/connections.hpp"
#include "httpd/patience.hpp"
#include "httpd/scheme.hpp"
#include "httpd/upgrade.hpp"

#include "wire/url.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace cxxproxy::httpd {

AttemptRules::AttemptRules(request_rec* r, const Member& member, Switches switches, bool continue_forwarded) noexcept
    : r_(r),
      member_(member),
      config_(config_of(r->server)),
      switches_(switches),
      continue_forwarded_(continue_forwarded),
      reuses_(!member.settings.disable_reuse.value && !member.is_generic && !switches.has(Switch::NoKeepalive) &&
              !switches.has(Switch::Http10)),
      pings_(member.settings.ping.given && r->proxyreq == PROXYREQ_REVERSE && ap_request_has_body(r) &&
             !switches.has(Switch::Http10) && !uses_http2(member.scheme)) {}

const char* AttemptRules::expectation() const {
  if (!continue_forwarded_ && !pings_) return nullptr;
  const char* sent = apr_table_get(r_->headers_in, "Expect");
  return sent ? sent : "100-Continue";
}

// The member's, or what canonicalize() took off the URL.
const char* AttemptRules::unix_path() const {
  if (*member_.unix_path) return member_.unix_path;
  const char* noted = apr_table_get(r_->notes, "uds_path");
  return noted ? noted : "";
}

// The member's addresses and connections, unless this request goes elsewhere.
void AttemptRules::find_way(const BackendUrl& url, exchange::Target& target) const {
  const char* path = unix_path();
  const bool is_members = !member_.is_generic && member_.settings.fixed_address && strcmp(path, member_.unix_path) == 0;
  if (is_members) {
    target.addresses = &member_.connections->addresses;
    target.pool = &member_.connections->pool;
    target.reuse = reuses_;
  } else {
    target.addresses = &address_book_for(r_->pool, url.origin->host, url.origin->port, path);
    target.reuse = false;
  }
}

// Whom the backend's certificate must be for. A client that names no host cannot choose who that is.
void AttemptRules::secure(const BackendUrl& url, exchange::Target& target) const {
  if (!wants_tls(url)) return;
  const TlsWay* way = tls_way_of(r_);
  if (!way) return;
  std::string_view name = client_names_backend(r_) ? r_->hostname : url.origin->host;
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  const std::string_view number = way->number;
  const char* key = joined_in(r_->pool, {number, "|", wire::lower_cased(name)});
  target.tls = way->profile;
  target.pool_key = key;
  target.tls_name = target.pool_key.substr(number.size() + 1);
}

// Only a client that knows HTTP/1.1 can be told of it, and only the request that came from it can be answered so.
const char* AttemptRules::upgrade(const BackendUrl& url) const {
  const std::string_view scheme = scheme_of(url.text);
  const bool websocket = is_websocket(scheme);
  if (!*member_.settings.upgrade && !websocket) return nullptr;  // most members
  const bool can = r_->proto_num >= HTTP_VERSION(1, 1) && !r_->main && !switches_.has(Switch::Http10);
  const char* const wanted = can && !uses_http2(scheme) ? apr_table_get(r_->headers_in, "Upgrade") : nullptr;
  return wanted && may_upgrade(member_.settings.upgrade, wanted, websocket) ? wanted : nullptr;
}

void AttemptRules::set_up_tunnel(const BackendUrl& url, exchange::Target& target) const {
  const char* const protocol = upgrade(url);
  if (!protocol) return;
  target.upgrade = protocol;
  target.tunnel_timeout = engine::Duration(member_.settings.tunnel_timeout.value_or(0));
  if (apr_table_get(r_->subprocess_env, "proxy-nohalfclose")) {
    target.tunnel_ends = exchange::TunnelEnd::EitherSide;
  } else if (r_->connection->master) {
    target.tunnel_ends = exchange::TunnelEnd::Backend;  // our side of an HTTP/2 stream ends with the request only
  }
}

exchange::Target AttemptRules::target(const BackendUrl& url) const {
  const MemberSettings& settings = member_.settings;
  exchange::Target target;
  find_way(url, target);
  secure(url, target);
  target.socket.keepalive = settings.keepalive.value_or(false);
  target.socket.receive_buffer = settings.receive_buffer.value_or(0);
  target.socket.source = source_endpoint(config_.source_address.value_or(nullptr));
  target.timeout = engine::Duration(waiting_time(r_->server, config_, settings).time);
  target.connect_timeout = engine::Duration(connecting_time(r_->server, config_, settings).time);
  if (pings_) target.continue_timeout = engine::Duration(settings.ping.value);
  target.read_size = static_cast<std::size_t>(settings.io_buffer.value_or(config_.io_buffer.value_or(0)));
  target.fresh = switches_.has(Switch::InitialNotPooled) && r_->connection->keepalives == 0;
  // A connection that closes in the very moment costs nothing where the request may be sent again.
  target.careful = !is_idempotent(r_);
  target.wait_for_continue = continue_forwarded_ || pings_;
  // The request around this one may hold the slot that it would wait for.
  target.waits_for_slot = r_->main == nullptr;
  target.extra_crlf = switches_.has(Switch::ExtraCrlf);
  target.answer.limits.line = static_cast<std::size_t>(settings.response_field.value_or(HUGE_STRING_LEN));
  target.answer.limits.head = std::max(target.answer.limits.head, target.answer.limits.line);
  target.answer.bad_field = config_.bad_header.value_or(wire::ResponseReader::BadField::Error);
  target.http2 = uses_http2(scheme_of(url.text));
  target.streams = static_cast<std::uint32_t>(settings.h2_streams.value);
  if (target.http2 && settings.ping.given) target.ping = engine::Duration(settings.ping.value);
  target.answer.head_request = r_->header_only != 0;
  set_up_tunnel(url, target);
  return target;
}

bool wants_tls(const BackendUrl& url) noexcept { return uses_tls(scheme_of(url.text)); }

const TlsWay* tls_way_of(const request_rec* r) noexcept {
  const TlsWay* way = dir_config_of(r).tls_way;
  return way && way->profile ? way : nullptr;
}

bool client_names_backend(const request_rec* r) noexcept {
  return dir_config_of(r).preserve_host.value_or(false) && r->hostname && *r->hostname;
}

bool is_idempotent(const request_rec* r) noexcept {
  switch (r->method_number) {
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

}  // namespace cxxproxy::httpd
