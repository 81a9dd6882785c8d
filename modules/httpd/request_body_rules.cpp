#include "httpd/request_body_rules.hpp"

#include "httpd/config.hpp"
#include "httpd/log.hpp"
#include "httpd/request_switches.hpp"

APLOG_USE_MODULE(proxy_http);

namespace cxxproxy::httpd {
namespace {

using Large = exchange::BodyRules::Large;

// What is asked for a body too large to read ahead: proxy-sendcl and proxy-sendchunked, neither if both.
struct Preference {
  bool length;
  bool chunked;
};

Preference preference_of(Switches switches) {
  const bool length = switches.has(Switch::SendLength);
  const bool chunked = switches.has(Switch::SendChunked);
  return {length && !chunked, chunked && !length};
}

Large large_body(Switches switches, bool declared, bool filtered) {
  const bool http10 = switches.has(Switch::Http10);
  const Preference preference = preference_of(switches);
  if (!declared) return http10 || preference.length ? Large::Spool : Large::Chunked;
  if (!filtered) return Large::Length;
  return !http10 && preference.chunked ? Large::Chunked : Large::Spool;
}

}  // namespace

int choose_body_rules(request_rec* r, BodyChoice& choice) {
  exchange::BodyRules& rules = choice.rules;
  const char* coding = apr_table_get(r->headers_in, "Transfer-Encoding");
  const char* length = apr_table_get(r->headers_in, "Content-Length");
  if (coding && strcasecmp(coding, "chunked") != 0) {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, APLOGNO(01093) "%s Transfer-Encoding is not supported", coding);
    r->connection->keepalive = AP_CONN_CLOSE;
    return HTTP_BAD_REQUEST;
  }
  // What follows a chunked body of an HTTP/1.0 client is anybody's guess (RFC 9112 section 6.1).
  if (coding && r->proto_num < HTTP_VERSION(1, 1)) r->connection->keepalive = AP_CONN_CLOSE;
  if ((r->main && !r->kept_body) || (!coding && !length)) return OK;

  rules.present = true;
  const bool filtered = r->input_filters != r->proto_input_filters;
  apr_off_t declared = 0;
  const bool has_length = !coding && ap_parse_strict_length(&declared, length);
  if (has_length && !filtered) rules.length = static_cast<std::uint64_t>(declared);
  const Switches switches = read_switches(r);
  rules.large = large_body(switches, has_length, filtered);
  rules.may_wait_ahead = !switches.has(Switch::PrefetchNonblocking);
  // An HTTP/1.0 client cannot mean it (RFC 9110 section 10.1.1).
  choice.continue_forwarded = r->expecting_100 && r->proto_num >= HTTP_VERSION(1, 1) &&
                              dir_config_of(r).forward_continue.value_or(true) && !switches.has(Switch::Http10) &&
                              rules.large != Large::Spool;
  rules.read_ahead = !choice.continue_forwarded;
  return OK;
}

}  // namespace cxxproxy::httpd
