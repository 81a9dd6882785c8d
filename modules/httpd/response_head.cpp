#include "httpd/response_head.hpp"

#include "httpd/config.hpp"
#include "httpd/log.hpp"
#include "httpd/reverse_map.hpp"
#include "httpd/via.hpp"
#include "wire/fields.hpp"
#include "wire/warning.hpp"

#include <apr_date.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

APLOG_USE_MODULE(proxy_http);

namespace cxxproxy::httpd {
namespace {

using std::string_view;
using wire::FieldName;

// The status at the front of a status line as httpd writes it: always three digits.
int status_in(string_view line) {
  const auto digit = [line](std::size_t at) { return line[at] - '0'; };
  return digit(0) * 100 + digit(1) * 10 + digit(2);
}

const char* status_line(request_rec* r, const wire::ResponseHead& head) {
  // Where httpd has no phrase of its own it offers that of another status.
  const string_view standard = ap_get_status_line(head.status);
  const bool fits = head.reason.empty() || standard.substr(strlen("200 ")) == head.reason;
  if (fits && status_in(standard) == head.status) return standard.data();
  return apr_psprintf(r->pool, "%03d %s", head.status, copy_in(r->pool, head.reason));
}

// RFC 850 and asctime dates become RFC 9110's own form; what is no date stays as it is. Remembers the last date that
// was in that form already, since many answers bear the same.
class DateRule {
 public:
  const char* canonical(apr_pool_t* pool, const char* date) {
    if (strcmp(date, good_.data()) == 0) return date;
    const apr_time_t time = apr_date_parse_http(date);
    if (time == APR_DATE_BAD) return date;
    char* written = static_cast<char*>(apr_palloc(pool, APR_RFC822_DATE_LEN));
    apr_rfc822_date(written, time);
    if (strcmp(date, written) == 0) apr_cpystrn(good_.data(), date, good_.size());
    return written;
  }

 private:
  std::array<char, APR_RFC822_DATE_LEN> good_{};
};

struct DateRules {
  DateRule date;
  DateRule expires;
  DateRule last_modified;
};

thread_local DateRules date_rules;

const char* public_value(request_rec* r, FieldName name, const char* value) {
  switch (name) {
    case FieldName::Date:
      return date_rules.date.canonical(r->pool, value);
    case FieldName::Expires:
      return date_rules.expires.canonical(r->pool, value);
    case FieldName::LastModified:
      return date_rules.last_modified.canonical(r->pool, value);
    case FieldName::Location:
    case FieldName::ContentLocation:
    case FieldName::Uri:
    case FieldName::Destination:
      return public_url(r, value);
    case FieldName::SetCookie:
      return public_cookie(r, value);
    default:
      return value;
  }
}

wire::ConnectionOptions connection_options(const wire::ResponseHead& head) {
  wire::ConnectionOptions options;
  for (const wire::Field& field : head.fields) {
    if (field.known == FieldName::Connection) options.add(field.value);
  }
  return options;
}

// The texts of a head in a pool, as C strings. They lie behind one another in one block (see wire::ResponseHead), so
// that they are copied together and ended where nothing else begins. Only a folded field may end where the next one
// begins; with one of those they are copied one by one.
class Copies {
 public:
  Copies(apr_pool_t* pool, std::span<const wire::Field> fields) : pool_(pool) {
    if (fields.empty()) return;
    for (std::size_t i = 1; i < fields.size(); ++i) {
      if (fields[i].name.data() <= end_of(fields[i - 1].value)) return;
    }
    from_ = fields.front().name.data();
    const auto size = static_cast<std::size_t>(end_of(fields.back().value) - from_);
    to_ = static_cast<char*>(apr_palloc(pool, size + 1));
    std::copy_n(from_, size, to_);
  }

  // Once for each.
  char* of(string_view text) const {
    if (!to_) return apr_pstrmemdup(pool_, text.data(), text.size());
    char* const copy = to_ + (text.data() - from_);
    copy[text.size()] = '\0';
    return copy;
  }

 private:
  static const char* end_of(string_view text) noexcept { return text.data() + text.size(); }

  apr_pool_t* pool_;
  const char* from_ = nullptr;
  char* to_ = nullptr;
};

// What is asked about the fields that went on.
struct Passed {
  const char* type = nullptr;  // the first Content-Type
  bool warns = false;
};

// Adds the fields that go on, as they go on. Those of HEAD tell how a GET would be framed; nothing follows them.
Passed add_public_fields(request_rec* r, const wire::ResponseHead& head, const wire::ConnectionOptions& options,
                         bool framing_too, apr_table_t* table) {
  Passed passed;
  const Copies copies(r->pool, head.fields);
  for (const wire::Field& field : head.fields) {
    const bool framing = wire::is_framing(field.known);
    if (framing ? !framing_too : wire::dropped_from_response(field.known)) continue;
    if (field.known == FieldName::TransferEncoding && !r->header_only) continue;
    if (!framing && options.lists(field.name)) continue;
    const char* name = copies.of(field.name);
    const char* value = public_value(r, field.known, copies.of(field.value));
    apr_table_addn(table, name, value);
    if (field.known == FieldName::ContentType && !passed.type) passed.type = value;
    if (field.known == FieldName::Warning) passed.warns = true;
  }
  return passed;
}

void drop_stale_warnings(request_rec* r, apr_table_t* fields) {
  const char* warnings = apr_table_getm(r->pool, fields, "Warning");
  const char* date = apr_table_get(fields, "Date");
  const apr_time_t sent = date ? apr_date_parse_http(date) : APR_DATE_BAD;
  const std::string kept = wire::filter_warnings(
      warnings, [&](string_view of_warning) { return apr_date_parse_http(copy_in(r->pool, of_warning)) == sent; });
  if (kept.empty()) {
    apr_table_unset(fields, "Warning");
  } else {
    apr_table_set(fields, "Warning", kept.c_str());
  }
}

apr_table_t* table_for(request_rec* r, const wire::ResponseHead& head) {
  return apr_table_make(r->pool, static_cast<int>(head.fields.size()) + 4);
}

// Cookies set before, by a request that was redirected here, stay.
void replace_headers_out(request_rec* r, apr_table_t* fields) {
  apr_table_t* const before = std::exchange(r->headers_out, fields);
  if (before == fields || apr_is_empty_table(before)) return;
  apr_table_do(
      [](void* table, const char* name, const char* value) {
        apr_table_addn(static_cast<apr_table_t*>(table), name, value);
        return 1;
      },
      fields, before, "Set-Cookie", nullptr);
}

bool overridden(const request_rec* r, int status) {
  const DirConfig& dir = dir_config_of(r);
  if (!dir.error_override.value_or(false)) return false;
  if (dir.override_codes.empty()) return ap_is_HTTP_ERROR(status);
  return std::binary_search(dir.override_codes.begin(), dir.override_codes.end(), status);
}

void use_own_error_page(request_rec* r, const wire::ResponseHead& head) {
  const char* challenge = apr_table_get(r->headers_out, "WWW-Authenticate");
  if (head.status == HTTP_UNAUTHORIZED && challenge) apr_table_set(r->err_headers_out, "WWW-Authenticate", challenge);
  apr_table_setn(r->notes, "proxy-error-override", "1");
}

}  // namespace

exchange::HeadUse take_response_head(request_rec* r, const wire::Head& event) {
  const wire::ResponseHead& head = event.head;
  const wire::ConnectionOptions options = connection_options(head);
  if (options.too_many()) return exchange::HeadUse::Refuse;
  r->status = head.status;
  r->status_line = status_line(r, head);
  apr_table_setn(r->notes, "proxy-status", apr_pstrmemdup(r->pool, r->status_line, strlen("200")));

  const bool length_is_true = event.framing == wire::BodyFraming::Length || r->header_only;
  apr_table_t* fields = apr_is_empty_table(r->headers_out) ? r->headers_out : table_for(r, head);
  const Passed passed = add_public_fields(r, head, options, length_is_true, fields);
  if (passed.warns) drop_stale_warnings(r, fields);
  if (const char* via = via_entry(r)) apr_table_addn(fields, "Via", via);
  replace_headers_out(r, fields);
  // Not trusted: a type that a backend made up must not choose a handler here after an internal redirect.
  if (passed.type) ap_set_content_type(r, passed.type);
  if (!overridden(r, head.status)) return exchange::HeadUse::Pass;
  use_own_error_page(r, head);
  return exchange::HeadUse::Discard;
}

void offer_protocol(request_rec* r, string_view protocol) {
  apr_table_setn(r->headers_out, "Connection", "Upgrade");
  apr_table_setn(r->headers_out, "Upgrade", copy_in(r->pool, protocol));
}

void pass_interim(request_rec* r, const wire::ResponseHead& head) {
  const char* policy = apr_table_get(r->subprocess_env, "proxy-interim-response");
  if (policy && strcasecmp(policy, "RFC") != 0) {
    if (strcasecmp(policy, "Suppress") != 0) {
      ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                    APLOGNO(01108) "undefined proxy interim response policy '%s': expected RFC or Suppress", policy);
    }
    return;
  }
  if (head.status == HTTP_CONTINUE && policy) r->expecting_100 = 1;
  const wire::ConnectionOptions options = connection_options(head);
  if (options.too_many()) return;
  apr_table_t* const final_fields = r->headers_out;
  r->status = head.status;
  r->status_line = status_line(r, head);
  r->headers_out = table_for(r, head);
  add_public_fields(r, head, options, false, r->headers_out);
  ap_send_interim_response(r, 1);
  r->headers_out = final_fields;
  r->status = HTTP_OK;
  r->status_line = nullptr;
}

bool pass_switch(request_rec* r, const wire::ResponseHead& head, string_view protocol) {
  const wire::ConnectionOptions options = connection_options(head);
  if (options.too_many()) return false;
  r->status = head.status;
  r->status_line = status_line(r, head);
  r->headers_out = table_for(r, head);
  add_public_fields(r, head, options, false, r->headers_out);
  if (const char* via = via_entry(r)) apr_table_addn(r->headers_out, "Via", via);
  offer_protocol(r, protocol);
  apr_table_setn(r->notes, "proxy-status", "101");
  ap_send_interim_response(r, 1);
  return true;
}

}  // namespace cxxproxy::httpd
