#include "httpd/manager/manager.hpp"

#include "httpd/config.hpp"
#include "httpd/contain.hpp"
#include "httpd/manager/changes.hpp"
#include "httpd/manager/form.hpp"
#include "httpd/manager/guard.hpp"
#include "httpd/manager/page.hpp"
#include "httpd/roster.hpp"
#include "httpd/shared_state.hpp"

#include "balance/failover.hpp"

#include <algorithm>
#include <string_view>

APLOG_USE_MODULE(proxy_balancer);

namespace cxxproxy::httpd {
namespace manager {
namespace {

std::string_view without_slash(std::string_view url) {
  if (url.ends_with('/')) url.remove_suffix(1);
  return url;
}

// By what the page shows, or by the URL alone: a slash at its end makes no difference unless another member differs in
// nothing else.
Member* member_of(request_rec* r, const Balancer& balancer, const std::string& url) {
  Member* wanted = nullptr;
  const NewMember named{.pool = r->pool, .config = nullptr, .url = url.c_str()};
  if (make_member(named, wanted)) return nullptr;
  const std::string_view shown = wanted->display_name(r->pool);
  const auto find = [&](auto fits) {
    const auto& members = roster_of(balancer).members;
    const auto found = std::ranges::find_if(members, fits);
    return found == members.end() ? nullptr : *found;
  };
  if (Member* same = find([&](const Member* one) { return one->display_name(r->pool) == shown; })) return same;
  if (*wanted->unix_path) return nullptr;
  const std::string_view name = wanted->name;
  if (Member* same = find([&](const Member* one) { return one->name == name; })) return same;
  return find([&](const Member* one) { return without_slash(one->name) == without_slash(name); });
}

Selection select(request_rec* r, const Form& form) {
  Selection selected;
  const std::string* name = form.find("b");
  if (!name) return selected;
  selected.balancer = find_balancer(config_of(r->server), "balancer://" + *name);
  const std::string* url = form.find("w");
  if (selected.balancer && url) selected.member = member_of(r, *selected.balancer, *url);
  return selected;
}

// OK, too, where nothing may be changed: the page is shown as it is.
int change(request_rec* r, const Form& form, const Selection& selected) {
  if (!selected.balancer) return OK;
  if (!is_same_origin(r)) {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                  APLOGNO(10187) "balancer-manager: nothing is changed, since the form was not sent by a page of this origin: "
                                 "Origin '%s', Referer '%s'",
                  ap_escape_logitem(r->pool, apr_table_get(r->headers_in, "Origin")),
                  ap_escape_logitem(r->pool, apr_table_get(r->headers_in, "Referer")));
    return OK;
  }
  if (!has_nonce(form, *selected.balancer)) {
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  CXXPROXY_LOGNO(0207) "balancer-manager: nothing is changed at %s, since the form has not its nonce",
                  selected.balancer->name);
    return OK;
  }
  return apply_changes(r, form, *selected.balancer, selected.member);
}

int serve(request_rec* r) {
  if (!r->handler || strcmp(r->handler, "balancer-manager") != 0) return DECLINED;
  r->allowed = (AP_METHOD_BIT << M_GET) | (AP_METHOD_BIT << M_POST);
  if (r->method_number != M_GET && r->method_number != M_POST) return DECLINED;
  Form form;
  if (const int status = read_form(r, form); status != OK) return status;
  if (const std::string* file = form.find("file")) return send_file(r, *file);
  apr_table_setn(r->headers_out, "Cache-Control", "no-store");
  apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
  const Selection selected = select(r, form);
  if (r->method_number == M_POST) {
    if (const int status = change(r, form, selected); status != OK) return status;
  }
  if (form.has("json")) return send_json(r);
  return form.has("xml") ? send_xml(r) : send_html(r, form, selected);
}

}  // namespace

const char* factor_text(apr_pool_t* pool, std::uint32_t load_factor) {
  return apr_psprintf(pool, "%.2f", load_factor / 100.0);
}

const char* status_text(apr_pool_t* pool, const Member& member) {
  const balance::StatusText text{balance::MemberFlags(member.state->flags.load())};
  return apr_pstrmemdup(pool, text.view().data(), text.view().size());
}

const char* byte_count(apr_pool_t* pool, std::uint64_t bytes) {
  constexpr apr_size_t room = 5;  // what apr_strfsize() says it writes
  return apr_strfsize(static_cast<apr_off_t>(bytes), static_cast<char*>(apr_palloc(pool, room)));
}

std::string sticky_names(const LiveBalancer& live, std::string_view between, std::string_view none) {
  if (!live.sticky()) return std::string(none);
  std::string names(live.sticky_cookie.view());
  if (live.sticky_cookie == live.sticky_param) return names;
  return names.append(between).append(live.sticky_param.view());
}

std::size_t attempts_of(const Roster& roster) {
  const int given = roster.settings.max_attempts;
  return balance::retries_allowed(given >= 0 ? std::optional<std::size_t>(given) : std::nullopt, roster.members.size());
}

}  // namespace manager

int manage_balancers(request_rec* r) noexcept { return contain<manager::serve, HTTP_INTERNAL_SERVER_ERROR>(r); }

}  // namespace cxxproxy::httpd
