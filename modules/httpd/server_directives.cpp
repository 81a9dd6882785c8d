#include "httpd/directives.hpp"

#include "httpd/keys.hpp"
#include "wire/url.hpp"

#include <cstdlib>

namespace cxxproxy::httpd {
namespace {

ServerConfig& server_of(const cmd_parms* cmd) { return config_of(cmd->server); }

const char* refuse(const cmd_parms* cmd, const char* value, const char* expected) {
  return complaint(cmd, apr_psprintf(cmd->pool, "'%s' is not possible, expected %s", value, expected));
}

template <class Choice>
struct Word {
  const char* word;
  Choice choice;
};

template <class Choice, std::size_t Count>
const char* choose(const cmd_parms* cmd, const char* given, const Word<Choice> (&words)[Count],
                   Setting<Choice>& setting, const char* expected) {
  for (const Word<Choice>& word : words) {
    if (strcasecmp(given, word.word) != 0) continue;
    setting.set(word.choice);
    return nullptr;
  }
  return refuse(cmd, given, expected);
}

bool contains_word(const PoolArray<const char*>& words, const char* wanted) {
  for (const char* word : words) {
    if (strcasecmp(word, wanted) == 0) return true;
  }
  return false;
}

const char* read_remote(cmd_parms* cmd, const char* match, const char* remote, const char* user, bool is_regex) {
  RemoteProxy proxy{};
  char* scheme = apr_pstrdup(cmd->pool, remote);
  char* colon = strchr(scheme, ':');
  if (!colon || colon[1] != '/' || colon[2] != '/' || colon[3] == '\0') {
    return refuse(cmd, remote, "scheme://host[:port] of the proxy");
  }
  char* host = colon + 3;
  *colon = '\0';
  if (char* port = strchr(host, ':')) {
    *port++ = '\0';
    char* end;
    const unsigned long number = std::strtoul(port, &end, 10);
    if (end == port || number > 65535) return refuse(cmd, remote, "a port number up to 65535");
    proxy.port = static_cast<apr_port_t>(number);
  } else {
    proxy.port = wire::default_port(scheme).value_or(0);
  }
  ap_str_tolower(host);
  if (is_regex) {
    proxy.regex = ap_pregcomp(cmd->pool, match, AP_REG_EXTENDED);
    if (!proxy.regex) return refuse(cmd, match, "a regular expression that compiles");
  }
  proxy.match = match;
  proxy.scheme = scheme;
  proxy.host = host;
  proxy.credentials = user;
  server_of(cmd).remotes.push(proxy);
  return nullptr;
}

}  // namespace

const char* set_proxy_requests(cmd_parms* cmd, void*, int on) noexcept {
  server_of(cmd).proxy_requests.set(on != 0);
  return nullptr;
}

const char* add_remote(cmd_parms* cmd, void*, const char* match, const char* remote, const char* user) noexcept {
  return read_remote(cmd, match, remote, user, false);
}

const char* add_remote_match(cmd_parms* cmd, void*, const char* match, const char* remote, const char* user) noexcept {
  return read_remote(cmd, match, remote, user, true);
}

const char* add_block(cmd_parms* cmd, void*, const char* word) noexcept {
  ServerConfig& config = server_of(cmd);
  if (!contains_word(config.blocked, word)) config.blocked.push(word);
  return nullptr;
}

const char* add_no_proxy(cmd_parms* cmd, void*, const char* word) noexcept {
  ServerConfig& config = server_of(cmd);
  if (!contains_word(config.no_proxy, word)) config.no_proxy.push(word);
  return nullptr;
}

const char* set_domain(cmd_parms* cmd, void*, const char* domain) noexcept {
  if (domain[0] != '.') return refuse(cmd, domain, "a domain that begins with a dot, such as .example.com");
  server_of(cmd).domain = domain;
  return nullptr;
}

const char* set_via(cmd_parms* cmd, void*, const char* word) noexcept {
  static constexpr Word<Via> words[] = {{"Off", Via::Off}, {"On", Via::On}, {"Block", Via::Block}, {"Full", Via::Full}};
  return choose(cmd, word, words, server_of(cmd).via, "Off, On, Full or Block");
}

const char* set_status(cmd_parms* cmd, void*, const char* word) noexcept {
  static constexpr Word<ProxyStatus> words[] = {
      {"Off", ProxyStatus::Off}, {"On", ProxyStatus::On}, {"Full", ProxyStatus::On}};
  return choose(cmd, word, words, server_of(cmd).status, "Off, On or Full");
}

const char* set_bad_header(cmd_parms* cmd, void*, const char* word) noexcept {
  using BadField = wire::ResponseReader::BadField;
  static constexpr Word<BadField> words[] = {
      {"IsError", BadField::Error}, {"Ignore", BadField::Ignore}, {"StartBody", BadField::StartBody}};
  return choose(cmd, word, words, server_of(cmd).bad_header, "IsError, Ignore or StartBody");
}

const char* set_receive_buffer(cmd_parms* cmd, void*, const char* bytes) noexcept {
  const int size = leading_int(bytes);
  if (size < 512 && size != 0) return refuse(cmd, bytes, "512 bytes or more, or 0 for the system's default");
  server_of(cmd).receive_buffer.set(size);
  return nullptr;
}

const char* set_io_buffer(cmd_parms* cmd, void*, const char* bytes) noexcept {
  const long size = std::strtol(bytes, nullptr, 10);
  if (size < 512 && size != 0) return refuse(cmd, bytes, "512 bytes or more, or 0 for the default");
  server_of(cmd).io_buffer.set(size ? size : AP_IOBUFSIZE);
  return nullptr;
}

const char* set_max_forwards(cmd_parms* cmd, void*, const char* number) noexcept {
  server_of(cmd).max_forwards.set(std::strtol(number, nullptr, 10));
  return nullptr;
}

const char* set_proxy_timeout(cmd_parms* cmd, void*, const char* seconds) noexcept {
  const int given = leading_int(seconds);
  if (given < 1) return refuse(cmd, seconds, "whole seconds, 1 or more");
  server_of(cmd).timeout.set(apr_time_from_sec(given));
  return nullptr;
}

const char* set_source_address(cmd_parms* cmd, void*, const char* address) noexcept {
  apr_sockaddr_t* resolved;
  if (apr_sockaddr_info_get(&resolved, address, APR_UNSPEC, 0, 0, cmd->pool) != APR_SUCCESS) {
    return refuse(cmd, address, "an IP address of this machine, or a name that resolves to one");
  }
  server_of(cmd).source_address.set(resolved);
  return nullptr;
}

const char* set_balancer_growth(cmd_parms* cmd, void*, const char* number) noexcept {
  const int growth = leading_int(number);
  if (growth < 0 || growth > 1000) return refuse(cmd, number, "a number between 0 and 1000");
  server_of(cmd).balancer_growth.set(growth);
  return nullptr;
}

const char* set_balancer_persist(cmd_parms* cmd, void*, int on) noexcept {
  server_of(cmd).balancer_persist.set(on != 0);
  return nullptr;
}

const char* set_balancer_inherit(cmd_parms* cmd, void*, int on) noexcept {
  server_of(cmd).balancer_inherit.set(on != 0);
  return nullptr;
}

const char* set_pass_inherit(cmd_parms* cmd, void*, int on) noexcept {
  server_of(cmd).pass_inherit.set(on != 0);
  return nullptr;
}

}  // namespace cxxproxy::httpd
