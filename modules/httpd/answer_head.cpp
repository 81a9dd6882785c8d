#include "httpd/answer_head.hpp"

#include "wire/field_name.hpp"
#include "wire/fields.hpp"

#include <mod_core.h>
#include <util_time.h>

#include <array>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

// As the core's own filter: who wants to read there what is sent gets it from there.
APLOG_USE_MODULE(http);

namespace cxxproxy::httpd {
namespace {

using std::string_view;
using wire::FieldName;

// What the core says of itself.
constexpr string_view protocol = "HTTP/1.1 ";
static_assert(protocol.starts_with(AP_SERVER_PROTOCOL));

constexpr string_view separator = ": ";
constexpr string_view line_end = "\r\n";

std::span<const apr_table_entry_t> entries_of(const apr_table_t* table) {
  const apr_array_header_t* all = apr_table_elts(table);
  return {reinterpret_cast<const apr_table_entry_t*>(all->elts), static_cast<std::size_t>(all->nelts)};
}

// The environment has a say in heads, too: mod_setenvif's answers to old browsers.
bool environment_is_silent(const request_rec* r) {
  for (const apr_table_entry_t& entry : entries_of(r->subprocess_env)) {
    if (wire::iequals(entry.key, "force-no-vary") || wire::iequals(entry.key, "force-response-1.0") ||
        wire::iequals(entry.key, "downgrade-1.0")) {
      return false;
    }
  }
  return true;
}

// A request and an answer to which none of the core's many special cases applies.
bool is_usual(const request_rec* r) {
  return !r->assbackwards && r->proto_num >= HTTP_VERSION(1, 1) && !r->header_only && !r->chunked && !r->no_cache &&
         !AP_STATUS_IS_HEADER_ONLY(r->status) && apr_is_empty_table(r->err_headers_out) && !r->content_encoding &&
         apr_is_empty_array(r->content_languages) &&
         (!r->status_line || r->status_line == ap_get_status_line(r->status)) && !APLOGrtrace3(r) &&
         !apr_table_get(r->notes, "no-etag") && environment_is_silent(r);
}

bool has_only_data(const apr_bucket_brigade* brigade) {
  for (const apr_bucket* bucket = APR_BRIGADE_FIRST(brigade); bucket != APR_BRIGADE_SENTINEL(brigade);
       bucket = APR_BUCKET_NEXT(bucket)) {
    if (AP_BUCKET_IS_ERROR(bucket) || AP_BUCKET_IS_EOC(bucket)) return false;
  }
  return true;
}

// One name, to which the core's removal of duplicates can do nothing.
bool is_single(string_view list) { return !list.empty() && list.find_first_of(", \t\v\f\r\n") == string_view::npos; }

// What there is to know of the fields before they are written.
class Fields {
 public:
  // False: one of them is not fit to be written, or asks for more than that.
  bool read(const apr_table_t* table) {
    for (const apr_table_entry_t& entry : entries_of(table)) {
      if (!add(entry.key, entry.val)) return false;
    }
    return has_length_;
  }

  const char* date = nullptr;
  const char* server = nullptr;
  const char* type = nullptr;

 private:
  bool add(const char* name, const char* value) {
    if (!wire::is_token(name) || !wire::is_field_value(value)) return false;
    switch (wire::field_name(name)) {
      case FieldName::Date:
        return !std::exchange(date, value);
      case FieldName::ContentType:
        return !std::exchange(type, value);
      case FieldName::ContentLength:
        return !std::exchange(has_length_, true);
      case FieldName::Vary:
        return !std::exchange(has_vary_, true) && is_single(value);
      case FieldName::TransferEncoding:
      case FieldName::Connection:
        return false;
      default:
        return !wire::iequals(name, "Server") || !std::exchange(server, value);
    }
  }

  bool has_length_ = false;
  bool has_vary_ = false;
};

class Writer {
 public:
  explicit Writer(char* to) noexcept : end_(to) {}

  void text(string_view text) noexcept {
    std::memcpy(end_, text.data(), text.size());
    end_ += text.size();
  }

  void field(string_view name, string_view value) noexcept { text(name), text(separator), text(value), text(line_end); }

  const char* end() const noexcept { return end_; }

 private:
  char* end_;
};

std::size_t size_of_field(string_view name, string_view value) noexcept {
  return name.size() + separator.size() + value.size() + line_end.size();
}

// As ap_basic_http_header() has it: Date and Server first, and then all others.
// `server` may be null, for none.
apr_bucket* head_of(const request_rec* r, string_view date, const char* server, apr_bucket_alloc_t* alloc) {
  const string_view status = r->status_line;
  std::size_t size = protocol.size() + status.size() + size_of_field("Date", date) + 2 * line_end.size();
  if (server) size += size_of_field("Server", server);
  for (const apr_table_entry_t& entry : entries_of(r->headers_out)) size += size_of_field(entry.key, entry.val);
  char* const text = static_cast<char*>(apr_palloc(r->pool, size));
  Writer writer(text);
  writer.text(protocol), writer.text(status), writer.text(line_end);
  writer.field("Date", date);
  if (server) writer.field("Server", server);
  for (const apr_table_entry_t& entry : entries_of(r->headers_out)) writer.field(entry.key, entry.val);
  writer.text(line_end);
  return apr_bucket_transient_create(text, static_cast<apr_size_t>(writer.end() - text), alloc);
}

// False: this is one for the core, and nothing has changed yet.
bool add_plain_head(request_rec* r, apr_bucket_brigade* brigade) {
  if (!is_usual(r) || !has_only_data(brigade)) return false;
  const char* type = ap_make_content_type(r, r->content_type);
  Fields fields;
  if ((type && !wire::is_field_value(type)) || !fields.read(r->headers_out)) return false;
  ap_set_keepalive(r);
  if (type && type != fields.type) apr_table_setn(r->headers_out, "Content-Type", type);
  if (!r->status_line) r->status_line = ap_get_status_line(r->status);
  std::array<char, APR_RFC822_DATE_LEN> now;
  if (fields.date) {
    apr_table_unset(r->headers_out, "Date");
  } else {
    ap_recent_rfc822_date(now.data(), r->request_time);
  }
  if (fields.server) apr_table_unset(r->headers_out, "Server");
  const char* banner = ap_get_server_banner();
  const char* server = fields.server || !*banner ? fields.server : banner;
  apr_bucket* const head = head_of(r, fields.date ? fields.date : now.data(), server, brigade->bucket_alloc);
  APR_BRIGADE_INSERT_HEAD(brigade, head);
  r->sent_bodyct = 1;  // what follows is the body
  return true;
}

// The core's filter, and ours: a copy of its record that differs in the function.
const ap_filter_rec_t* core_record = nullptr;
ap_filter_rec_t own_record;

apr_status_t pass_with_head(ap_filter_t* f, apr_bucket_brigade* brigade) noexcept {
  if (!add_plain_head(f->r, brigade)) {
    f->frec = const_cast<ap_filter_rec_t*>(core_record);
    return core_record->filter_func.out_func(f, brigade);
  }
  ap_filter_t* const next = f->next;
  ap_remove_output_filter(f);
  return ap_pass_brigade(next, brigade);
}

}  // namespace

void write_own_head(request_rec* r) noexcept {
  for (ap_filter_t* f = r->output_filters; f && f->frec->ftype <= AP_FTYPE_PROTOCOL; f = f->next) {
    if (f->frec->filter_func.out_func != ap_http_header_filter) continue;
    if (f->r != r) return;  // of the page around a subrequest
    static const bool made [[maybe_unused]] = [f] {
      core_record = f->frec;
      own_record = *f->frec;
      own_record.filter_func.out_func = pass_with_head;
      return true;
    }();
    if (!f->ctx) f->frec = &own_record;
    return;
  }
}

void leave_head_to_core(request_rec* r) noexcept {
  for (ap_filter_t* f = r->output_filters; f; f = f->next) {
    if (f->frec == &own_record) f->frec = const_cast<ap_filter_rec_t*>(core_record);
  }
}

}  // namespace cxxproxy::httpd
