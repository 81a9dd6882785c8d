#include "httpd/directives.hpp"

#include "httpd/keys.hpp"
#include "httpd/log.hpp"

APLOG_USE_MODULE(proxy);

namespace cxxproxy::httpd {
namespace {

constexpr int in_server = RSRC_CONF;
constexpr int anywhere = RSRC_CONF | ACCESS_CONF;
constexpr int in_server_or_section = RSRC_CONF | PROXY_CONF;

constexpr const char* handshake_help = "mod_ssl's; in a section it may ask a client for another handshake";

}  // namespace

// clang-format off
const command_rec proxy_directives[] = {
    AP_INIT_RAW_ARGS("<Proxy", begin_section, nullptr, in_server,
                     "a URL prefix or wildcard: settings for what is proxied there"),
    AP_INIT_RAW_ARGS("<ProxyMatch", begin_match_section, nullptr, in_server,
                     "a regular expression: settings for what is proxied to URLs that match"),
    AP_INIT_RAW_ARGS("ProxyPass", add_mapping, nullptr, anywhere,
                     "a path (outside <Location>), a URL or !, and key=value parameters"),
    AP_INIT_RAW_ARGS("ProxyPassMatch", add_mapping_match, nullptr, anywhere,
                     "a regular expression (outside <Location>), a URL or !, and key=value parameters"),
    AP_INIT_TAKE123("ProxyPassReverse", add_reverse, nullptr, anywhere,
                    "a path (outside <Location>) and the URL that it stands for in redirects"),
    AP_INIT_TAKE23("ProxyPassReverseCookiePath", add_cookie_path, nullptr, anywhere,
                   "a backend's cookie path and the public one"),
    AP_INIT_TAKE23("ProxyPassReverseCookieDomain", add_cookie_domain, nullptr, anywhere,
                   "a backend's cookie domain and the public one"),
    AP_INIT_RAW_ARGS("BalancerMember", add_balancer_member, nullptr, anywhere,
                     "a balancer (outside its <Proxy>), a member's URL, and key=value parameters"),
    AP_INIT_RAW_ARGS("ProxySet", set_keys, nullptr, anywhere,
                     "a balancer or member (outside its <Proxy>) and key=value parameters"),
    AP_INIT_FLAG("ProxyPassInterpolateEnv", set_interpolate_env, nullptr, anywhere,
                 "On to put environment variables into mappings that ask for it"),
    AP_INIT_ITERATE("ProxyErrorOverride", set_error_override, nullptr, anywhere,
                    "On to answer with our error pages instead of the backends', and for which statuses"),
    AP_INIT_FLAG("ProxyPreserveHost", set_preserve_host, nullptr, anywhere,
                 "On to send the client's Host to the backend"),
    AP_INIT_FLAG("ProxyWebsocketFallbackToProxyHttp", set_websocket_fallback, nullptr, anywhere,
                 "Off to serve nothing but upgrades by ws:// and wss:// backends"),
    AP_INIT_FLAG("ProxyAddHeaders", set_add_headers, nullptr, anywhere, "Off to send no X-Forwarded-* fields"),
    AP_INIT_FLAG("Proxy100Continue", set_forward_continue, nullptr, anywhere,
                 "Off to answer Expect: 100-continue here instead of forwarding it"),
    AP_INIT_FLAG("ProxyRequests", set_proxy_requests, nullptr, in_server, "On to be a forward proxy"),
    AP_INIT_TAKE23("ProxyRemote", add_remote, nullptr, in_server,
                   "*, a scheme or a URL prefix, the proxy to use for it, and user:password"),
    AP_INIT_TAKE23("ProxyRemoteMatch", add_remote_match, nullptr, in_server,
                   "a regular expression, the proxy to use for it, and user:password"),
    AP_INIT_ITERATE("ProxyBlock", add_block, nullptr, in_server, "hosts, domains or words never to connect to"),
    AP_INIT_ITERATE("NoProxy", add_no_proxy, nullptr, in_server, "hosts, domains or networks reached without ProxyRemote"),
    AP_INIT_TAKE1("ProxyDomain", set_domain, nullptr, in_server, "the domain for host names without one"),
    AP_INIT_TAKE1("ProxyVia", set_via, nullptr, in_server, "Off, On, Full or Block"),
    AP_INIT_TAKE1("ProxyReceiveBufferSize", set_receive_buffer, nullptr, in_server,
                  "bytes of the receive buffer of backend sockets"),
    AP_INIT_TAKE1("ProxyIOBufferSize", set_io_buffer, nullptr, in_server, "bytes read from a backend at once"),
    AP_INIT_TAKE1("ProxyMaxForwards", set_max_forwards, nullptr, in_server,
                  "how many proxies a request may go through"),
    AP_INIT_TAKE1("ProxyTimeout", set_proxy_timeout, nullptr, in_server, "seconds to wait for a backend"),
    AP_INIT_TAKE1("ProxyBadHeader", set_bad_header, nullptr, in_server, "IsError, Ignore or StartBody"),
    AP_INIT_TAKE1("ProxySourceAddress", set_source_address, nullptr, in_server,
                  "the local address that connections to backends come from"),
    AP_INIT_TAKE1("ProxyStatus", set_status, nullptr, in_server, "On to show balancers on the server-status page"),
    AP_INIT_TAKE1("BalancerGrowth", set_balancer_growth, nullptr, in_server,
                  "how many balancers may be added while the server runs"),
    AP_INIT_FLAG("BalancerPersist", set_balancer_persist, nullptr, in_server,
                 "On to keep changes made with the balancer-manager over restarts"),
    AP_INIT_FLAG("BalancerInherit", set_balancer_inherit, nullptr, in_server,
                 "Off to leave the main server's balancers out of this virtual host"),
    AP_INIT_FLAG("ProxyPassInherit", set_pass_inherit, nullptr, in_server,
                 "Off to leave the main server's proxy settings out of this virtual host"),
    AP_INIT_RAW_ARGS("ProxyHCTemplate", add_health_template, nullptr, OR_FILEINFO,
                     "a name, and hc* keys that members get by hctemplate="),
    AP_INIT_RAW_ARGS("ProxyHCExpr", add_health_expression, nullptr, OR_FILEINFO,
                     "a name, and the expression that is true of a good answer to a health check"),
    AP_INIT_TAKE1("ProxyHCTPsize", set_health_threads, nullptr, in_server,
                  "threads for health checks; without effect, as they need none"),
    AP_INIT_FLAG("CxxProxyEngine", set_engine, nullptr, in_server,
                 "Off to keep a thread for each proxied request while its backend works"),
    AP_INIT_TAKE1("CxxProxyReactors", set_reactors, nullptr, in_server,
                  "how many threads of each child drive proxied connections"),
    AP_INIT_TAKE1("CxxProxyTunnelGrace", set_tunnel_grace, nullptr, in_server,
                  "how long tunnels go on when their process ends"),
    AP_INIT_ITERATE("RequestReadTimeout", note_header_timeout, nullptr, in_server,
                    "mod_reqtimeout's; its limit for a request's head holds on captured connections, too"),
    AP_INIT_TAKE12("SSLVerifyClient", note_handshake, nullptr, RSRC_CONF | OR_AUTHCFG, handshake_help),
    AP_INIT_TAKE12("SSLVerifyDepth", note_handshake, nullptr, RSRC_CONF | OR_AUTHCFG, handshake_help),
    AP_INIT_TAKE12("SSLCipherSuite", note_handshake, nullptr, RSRC_CONF | OR_AUTHCFG, handshake_help),
    AP_INIT_FLAG("SSLProxyEngine", set_tls_engine, nullptr, in_server_or_section, "On to reach https:// backends"),
    AP_INIT_RAW_ARGS("SSLProxyProtocol", set_tls_protocols, nullptr, in_server_or_section,
                     "versions of TLS towards backends: all or single ones, each with a + or - or none"),
    AP_INIT_TAKE12("SSLProxyCipherSuite", set_tls_ciphers, nullptr, in_server_or_section,
                   "SSL or TLSv1.3 or nothing, and a list of ciphers"),
    AP_INIT_TAKE1("SSLProxyVerify", set_tls_verify, nullptr, in_server_or_section,
                  "none, optional, require or optional_no_ca: whether backends must show a certificate of a known authority"),
    AP_INIT_TAKE1("SSLProxyVerifyDepth", set_tls_depth, nullptr, in_server_or_section,
                  "how many certificates may stand above a backend's own"),
    AP_INIT_TAKE1("SSLProxyCACertificateFile", set_tls_ca_file, nullptr, in_server_or_section,
                  "a file of certificates (PEM) of authorities that may sign for backends"),
    AP_INIT_TAKE1("SSLProxyCACertificatePath", set_tls_ca_path, nullptr, in_server_or_section,
                  "a directory of such files, named by hash"),
    AP_INIT_TAKE1("SSLProxyCARevocationFile", set_tls_crl_file, nullptr, in_server_or_section,
                  "a file of revocation lists (PEM)"),
    AP_INIT_TAKE1("SSLProxyCARevocationPath", set_tls_crl_path, nullptr, in_server_or_section,
                  "a directory of such files, named by hash"),
    AP_INIT_RAW_ARGS("SSLProxyCARevocationCheck", set_tls_crl_check, nullptr, in_server_or_section,
                     "none, leaf or chain, and no_crl_for_cert_ok behind it or nothing"),
    AP_INIT_FLAG("SSLProxyCheckPeerCN", set_tls_check_cn, nullptr, in_server_or_section,
                 "Off, with SSLProxyCheckPeerName unset, to take a backend's certificate for any name"),
    AP_INIT_FLAG("SSLProxyCheckPeerName", set_tls_check_name, nullptr, in_server_or_section,
                 "Off to take a backend's certificate for any name"),
    AP_INIT_FLAG("SSLProxyCheckPeerExpire", set_tls_check_dates, nullptr, in_server_or_section,
                 "Off to take a backend's certificate that is not valid now"),
    AP_INIT_TAKE1("SSLProxyMachineCertificateFile", set_tls_own_file, nullptr, in_server_or_section,
                  "a file of certificates to show to backends, with their private keys (PEM, not encrypted)"),
    AP_INIT_TAKE1("SSLProxyMachineCertificatePath", set_tls_own_path, nullptr, in_server_or_section,
                  "a directory of such files"),
    AP_INIT_TAKE1("SSLProxyMachineCertificateChainFile", set_tls_own_chain, nullptr, in_server_or_section,
                  "a file of the certificates (PEM) between those and a root"),
    {nullptr, {nullptr}, nullptr, 0, RAW_ARGS, nullptr}};
// clang-format on

const char* place_of(const cmd_parms* cmd) {
  const ap_directive_t* directive = cmd->directive;
  return directive && directive->filename ? apr_psprintf(cmd->pool, "%s:%d", directive->filename, directive->line_num)
                                          : "";
}

const char* complaint(const cmd_parms* cmd, const char* wrong) {
  return apr_pstrcat(cmd->pool, cmd->cmd->name, cmd->cmd->name[0] == '<' ? ">: " : ": ", wrong, nullptr);
}

KeyValue split_key_value(char* word) {
  char* equals = strchr(word, '=');
  if (equals) *equals++ = '\0';
  return {word, equals};
}

void inherit_server_settings(Member& member, const ServerConfig& config) {
  MemberSettings& settings = member.settings;
  if (!settings.timeout.given) {
    settings.timeout = config.timeout;
    settings.timeout_is_servers = true;
  }
  if (!settings.receive_buffer.given) settings.receive_buffer = config.receive_buffer;
  if (!settings.io_buffer.given) settings.io_buffer = config.io_buffer;
}

void KeyList::add(KeyValue word) {
  for (KeyValue& earlier : keys) {
    if (strcasecmp(earlier.key, word.key) != 0 || may_repeat(word.key)) continue;
    earlier = word;
    return;
  }
  keys.push(word);
}

const char* set_member_keys(const cmd_parms* cmd, Member& member, const KeyList& list, bool shared) {
  for (const KeyValue& word : list.keys) {
    if (shared) {
      ap_log_error(APLOG_MARK, APLOG_WARNING, 0, cmd->server,
                   "%sIgnoring parameter '%s=%s' for worker '%s' because of worker sharing: %s at %s uses the one "
                   "defined at %s",
                   member.balancer ? APLOGNO(01150) : APLOGNO(01146), word.key, shown_value(word.key, word.value),
                   member.name, cmd->cmd->name, place_of(cmd), member.defined_at);
    } else if (const char* wrong = set_member_key(cmd, member, word.key, word.value)) {
      return complaint(cmd, wrong);
    }
  }
  return nullptr;
}

}  // namespace cxxproxy::httpd
