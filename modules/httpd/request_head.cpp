#include "httpd/request_head.hpp"

#include "httpd/config.hpp"
#include "httpd/log.hpp"
#include "httpd/via.hpp"
#include "wire/fields.hpp"
#include "wire/request_writer.hpp"

#include <string_view>

APLOG_USE_MODULE(proxy_http);

namespace cxxproxy::httpd {
namespace {

using std::string_view;

// Fields that a proxy adds to or makes: a client's own value comes first, ours behind it.
class Additions {
 public:
  Additions(request_rec* r, const wire::ConnectionOptions& dropped) : r_(r), dropped_(dropped) {
    const DirConfig& dir = dir_config_of(r);
    if (r->proxyreq == PROXYREQ_REVERSE && dir.add_headers.value_or(true)) {
      forwarded_ = true;
      host_ = apr_table_get(r->headers_in, "Host");
    }
    drop_via_ = config_of(r->server).via.value_or(Via::Off) == Via::Block;
    via_ = via_entry(r);
  }

  bool drops_via() const { return drop_via_; }

  // What is to be appended to a field of that name, or null.
  const char* value_for(string_view name) const {
    if (forwarded_) {
      if (wire::iequals(name, "X-Forwarded-For")) return r_->useragent_ip;
      if (wire::iequals(name, "X-Forwarded-Host")) return host_;
      if (wire::iequals(name, "X-Forwarded-Server")) return r_->server->server_hostname;
    }
    return wire::iequals(name, "Via") ? via_ : nullptr;
  }

  // Those that the client did not send.
  void write_missing(wire::RequestWriter& out) const {
    for (const char* name : {"Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Server"}) {
      const char* value = value_for(name);
      if (!value) continue;
      if (!apr_table_get(r_->headers_in, name) || dropped_.lists(name)) out.field(name, value);
    }
  }

 private:
  request_rec* r_;
  const wire::ConnectionOptions& dropped_;
  bool forwarded_ = false;
  bool drop_via_ = false;
  const char* host_ = nullptr;
  const char* via_ = nullptr;
};

// Whether a field of the client goes no further, whatever its value.
bool stays_here(const request_rec* r, string_view name) {
  if (wire::dropped_from_request(name) || wire::is_framing(name) || wire::iequals(name, "Host")) return true;
  if (wire::iequals(name, "Expect")) return true;
  if (wire::iequals(name, "Proxy-Authorization")) {
    // It was meant for us when we asked for it and let the user in; else it is the backend's business.
    return r->user && !apr_table_get(r->subprocess_env, "proxy-chain-auth");
  }
  if (r->main) {
    for (const string_view condition :
         {"If-Match", "If-Modified-Since", "If-Range", "If-Unmodified-Since", "If-None-Match"}) {
      if (wire::iequals(name, condition)) return true;
    }
  }
  return false;
}

wire::ConnectionOptions connection_options(const request_rec* r) {
  wire::ConnectionOptions options;
  const apr_array_header_t* fields = apr_table_elts(r->headers_in);
  const auto* field = reinterpret_cast<const apr_table_entry_t*>(fields->elts);
  for (int i = 0; i < fields->nelts; ++i) {
    if (wire::iequals(field[i].key, "Connection")) options.add(field[i].val);
  }
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
  const Additions additions(r, options);
  const apr_array_header_t* fields = apr_table_elts(r->headers_in);
  const auto* field = reinterpret_cast<const apr_table_entry_t*>(fields->elts);
  wire::ConnectionOptions written;  // additions already appended to the client's first field of that name
  for (int i = 0; i < fields->nelts; ++i) {
    if (!field[i].key || !field[i].val) continue;
    const string_view name = field[i].key;
    if (stays_here(r, name) || options.lists(name)) continue;
    if (additions.drops_via() && wire::iequals(name, "Via")) continue;
    const char* more = additions.value_for(name);
    if (more && !written.lists(name)) {
      written.add(name);
      out.field(name, {field[i].val, ", ", more});
    } else {
      out.field(name, field[i].val);
    }
  }
  if (context.expect) out.field("Expect", context.expect);
  additions.write_missing(out);
}

void write_framing(const exchange::BodyPlan& body, wire::RequestWriter& out) {
  if (body.framing == exchange::BodyPlan::Framing::Length) out.field("Content-Length", body.length);
  if (body.framing == exchange::BodyPlan::Framing::Chunked) out.field("Transfer-Encoding", "chunked");
}

}  // namespace

bool write_request_head(request_rec* r, const HeadContext& context, const exchange::BodyPlan& body, std::string& out) {
  const wire::ConnectionOptions options = connection_options(r);
  if (options.too_many()) return false;
  wire::RequestWriter writer(out);
  writer.start(r->method, context.target, context.http10 ? 0 : 1);
  writer.field("Host", host_of(r, context));
  write_fields(r, context, options, writer);
  write_framing(body, writer);
  if (!context.http10) writer.field("Connection", context.keep_alive ? "Keep-Alive" : "close");
  return writer.finish();
}

}  // namespace cxxproxy::httpd
