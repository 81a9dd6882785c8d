#include "httpd/request_head.hpp"

#include "httpd/config.hpp"
#include "httpd/log.hpp"
#include "httpd/via.hpp"
#include "wire/fields.hpp"
#include "wire/request_writer.hpp"

#include <array>
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
  explicit Additions(request_rec* r) {
    const bool forwarded = r->proxyreq == PROXYREQ_REVERSE && dir_config_of(r).add_headers.value_or(true);
    all_ = {{{FieldName::Via, via_entry(r)},
             {FieldName::XForwardedFor, forwarded ? r->useragent_ip : nullptr},
             {FieldName::XForwardedHost, forwarded ? apr_table_get(r->headers_in, "Host") : nullptr},
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
  void write_rest(wire::RequestWriter& out) const {
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

wire::ConnectionOptions connection_options(const request_rec* r) {
  wire::ConnectionOptions options;
  if (const char* all = apr_table_getm(r->pool, r->headers_in, "Connection")) options.add(all);
  return options;
}

const char* host_of(request_rec* r, const HeadContext& context) {
  if (!dir_config_of(r).preserve_host.value_or(false)) return context.authority;
  const char* host = apr_table_get(r->headers_in, "Host");
  if (host) return host;
  ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                APLOGNO(01092) "no HTTP 0.9 request (with no host line) on incoming request and preserve host set "
                               "forcing hostname to be %s for uri %s",
                r->server->server_hostname, r->uri);
  return r->server->server_hostname;
}

void write_fields(request_rec* r, const HeadContext& context, const wire::ConnectionOptions& options,
                  wire::RequestWriter& out) {
  Additions additions(r);
  const apr_array_header_t* fields = apr_table_elts(r->headers_in);
  const auto* field = reinterpret_cast<const apr_table_entry_t*>(fields->elts);
  for (int i = 0; i < fields->nelts; ++i) {
    if (!field[i].key || !field[i].val) continue;
    const string_view name = field[i].key;
    const FieldName known = wire::field_name(name);
    if (stays_here(r, known) || options.lists(name)) continue;
    if (const char* more = additions.take(known)) {
      out.field(name, {field[i].val, ", ", more});
    } else {
      out.field(name, field[i].val);
    }
  }
  if (context.expect) out.field(FieldName::Expect, context.expect);
  additions.write_rest(out);
}

void write_framing(const exchange::BodyPlan& body, wire::RequestWriter& out) {
  if (body.framing == exchange::BodyPlan::Framing::Length) out.field(FieldName::ContentLength, body.length);
  if (body.framing == exchange::BodyPlan::Framing::Chunked) out.field(FieldName::TransferEncoding, "chunked");
}

}  // namespace

bool write_request_head(request_rec* r, const HeadContext& context, const exchange::BodyPlan& body, std::string& out) {
  const wire::ConnectionOptions options = connection_options(r);
  if (options.too_many()) return false;
  wire::RequestWriter writer(out);
  writer.start(r->method, context.target, context.http10 ? 0 : 1);
  writer.field(FieldName::Host, host_of(r, context));
  write_fields(r, context, options, writer);
  write_framing(body, writer);
  if (!context.http10) writer.field(FieldName::Connection, context.keep_alive ? "Keep-Alive" : "close");
  return writer.finish();
}

}  // namespace cxxproxy::httpd
