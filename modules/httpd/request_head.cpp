#include "httpd/request_head.hpp"

#include "httpd/config.hpp"
#include "httpd/log.hpp"
#include "httpd/via.hpp"
#include "wire/fields.hpp"
#include "wire/request_writer.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

APLOG_USE_MODULE(proxy_http);

namespace cxxproxy::httpd {
namespace {

using std::string_view;
using wire::FieldName;

// Fields that a proxy adds to or makes: a client's own value comes first, ours behind it.
class Additions {
 public:
  // `host`: the client's, or null.
  Additions(request_rec* r, const char* host) {
    const bool forwarded = r->proxyreq == PROXYREQ_REVERSE && dir_config_of(r).add_headers.value_or(true);
    all_ = {{{FieldName::Via, via_entry(r)},
             {FieldName::XForwardedFor, forwarded ? r->useragent_ip : nullptr},
             {FieldName::XForwardedHost, forwarded ? host : nullptr},
             {FieldName::XForwardedServer, forwarded ? r->server->server_hostname : nullptr}}};
  }

  // What is to be appended to the client's field of that name, or null. Each can be taken once.
  const char* take(FieldName name) {
    for (Addition& addition : all_) {
      if (addition.name == name) return std::exchange(addition.value, nullptr);
    }
    return nullptr;
  }

  // Those not taken, because the client sent no such field.
  template <class Writer>
  void write_rest(Writer& out) const {
    for (const Addition& addition : all_) {
      if (addition.value) out.field(addition.name, addition.value);
    }
  }

 private:
  struct Addition {
    FieldName name;
    const char* value;  // null: none, or taken
  };

  std::array<Addition, 4> all_;
};

// Whether a field of the client goes no further, whatever its value.
bool stays_here(const request_rec* r, FieldName name) {
  switch (name) {
    case FieldName::Other:
      return false;
    case FieldName::Host:
    case FieldName::Expect:
    case FieldName::ContentLength:
      return true;
    case FieldName::ProxyAuthorization:
      // It was meant for us when we asked for it and let the user in; else it is the backend's business.
      return r->user && !apr_table_get(r->subprocess_env, "proxy-chain-auth");
    case FieldName::IfMatch:
    case FieldName::IfModifiedSince:
    case FieldName::IfRange:
    case FieldName::IfUnmodifiedSince:
    case FieldName::IfNoneMatch:
      return r->main != nullptr;
    case FieldName::Via:
      return config_of(r->server).via.value_or(Via::Off) == Via::Block;
    default:
      return wire::dropped_from_request(name);
  }
}

// The client's fields, each recognized once.
class ClientFields {
 public:
  explicit ClientFields(const apr_table_t* table) {
    const apr_array_header_t* all = apr_table_elts(table);
    entries_ = {reinterpret_cast<const apr_table_entry_t*>(all->elts), static_cast<std::size_t>(all->nelts)};
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].key && entries_[i].val) note(i);
    }
  }

  const wire::ConnectionOptions& options() const noexcept { return options_; }
  const char* host() const noexcept { return host_; }  // null: the client sent none

  // Calls visit(known, name, value) for each.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const apr_table_entry_t& entry = entries_[i];
      if (!entry.key || !entry.val) continue;
      const string_view name = entry.key;
      visit(i < known_.size() ? known_[i] : wire::field_name(name), name, entry.val);
    }
  }

 private:
  void note(std::size_t i) {
    const FieldName known = wire::field_name(entries_[i].key);
    if (i < known_.size()) known_[i] = known;
    if (known == FieldName::Connection) options_.add(entries_[i].val);
    if (known == FieldName::Host && !host_) host_ = entries_[i].val;
  }

  std::span<const apr_table_entry_t> entries_;
  std::array<FieldName, 64> known_{};  // of the first ones; few requests have more
  wire::ConnectionOptions options_;
  const char* host_ = nullptr;
};

const char* host_of(request_rec* r, const HeadContext& context, const ClientFields& fields) {
  if (!dir_config_of(r).preserve_host.value_or(false)) return context.authority;
  if (fields.host()) return fields.host();
  ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                APLOGNO(01092) "no HTTP 0.9 request (with no host line) on incoming request and preserve host set "
                               "forcing hostname to be %s for uri %s",
                r->server->server_hostname, r->uri);
  return r->server->server_hostname;
}

// A wire::RequestWriter or a backend::Http2RequestHead.
template <class Writer>
void write_fields(request_rec* r, const HeadContext& context, const ClientFields& fields, Writer& out) {
  Additions additions(r, fields.host());
  fields.for_each([&](FieldName known, string_view name, const char* value) {
    if (stays_here(r, known) || fields.options().lists(name)) return;
    if (const char* more = additions.take(known)) {
      out.field(known, name, {value, ", ", more});
    } else {
      out.field(known, name, {value});
    }
  });
  if (context.expect) out.field(FieldName::Expect, context.expect);
  additions.write_rest(out);
}

void write_framing(const exchange::BodyPlan& body, wire::RequestWriter& out) {
  if (body.framing == exchange::BodyPlan::Framing::Length) out.field(FieldName::ContentLength, body.length);
  if (body.framing == exchange::BodyPlan::Framing::Chunked) out.field(FieldName::TransferEncoding, "chunked");
}

bool fits_into_trailer(FieldName known, string_view name, string_view value) {
  return !wire::dropped_from_trailer(known) && wire::is_token(name) && wire::is_field_value(value);
}

}  // namespace

bool write_request_head(request_rec* r, const HeadContext& context, const exchange::BodyPlan& body, std::string& out) {
  const ClientFields fields(r->headers_in);
  if (fields.options().too_many()) return false;
  wire::RequestWriter writer(out);
  writer.start(r->method, context.target, context.http10 ? 0 : 1);
  writer.field(FieldName::Host, host_of(r, context, fields));
  write_fields(r, context, fields, writer);
  write_framing(body, writer);
  if (context.upgrade) {
    writer.field(FieldName::Connection, "Upgrade");
    writer.field(FieldName::Upgrade, context.upgrade);
  } else if (!context.http10) {
    writer.field(FieldName::Connection, context.keep_alive ? "Keep-Alive" : "close");
  }
  return writer.finish();
}

bool write_request_head(request_rec* r, const HeadContext& context, const exchange::BodyPlan& body,
                        backend::Http2RequestHead& out) {
  const ClientFields fields(r->headers_in);
  out.start({.method = r->method,
             .scheme = context.scheme,
             .authority = host_of(r, context, fields),
             .path = context.target});
  if (fields.options().too_many()) return false;
  write_fields(r, context, fields, out);
  if (body.framing == exchange::BodyPlan::Framing::Length) {
    out.field(FieldName::ContentLength, std::to_string(body.length));
  }
  return out.finish();
}

bool write_request_trailer(request_rec* r, backend::Http2RequestHead& out) {
  if (!r->trailers_in || apr_is_empty_table(r->trailers_in)) return false;
  const ClientFields head(r->headers_in), trailer(r->trailers_in);
  out.start_trailer();
  trailer.for_each([&](FieldName known, string_view name, const char* value) {
    if (fits_into_trailer(known, name, value) && !head.options().lists(name)) out.field(known, name, {value});
  });
  return out.finish() && out.size() > 0;
}

}  // namespace cxxproxy::httpd
