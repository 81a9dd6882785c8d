#include "httpd/directives.hpp"

#include "httpd/keys.hpp"
#include "httpd/log.hpp"

#include <cstdlib>
#include <optional>
#include <string_view>

APLOG_USE_MODULE(proxy);

namespace cxxproxy::httpd {
namespace {

TlsGiven& given_in(const cmd_parms* cmd, void* dir) {
  DirConfig& config = *static_cast<DirConfig*>(dir);
  if (!config.tls) config.tls = &make_in<TlsGiven>(cmd->pool);
  return *config.tls;
}

const char* refuse(const cmd_parms* cmd, const char* value, const char* expected) {
  return complaint(cmd, apr_psprintf(cmd->pool, "'%s' is not possible, expected %s", value, expected));
}

const char* set_flag(cmd_parms* cmd, void* dir, int on, Setting<bool> TlsGiven::*which) {
  (given_in(cmd, dir).*which).set(on != 0);
  return nullptr;
}

enum class Kind { File, Folder };

// Whoever only wants to see the configuration need not have the files.
const char* check_path(const cmd_parms* cmd, const char* path, Kind kind) {
  if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_DUMP) return nullptr;
  apr_finfo_t info;
  const apr_status_t status = apr_stat(&info, path, APR_FINFO_TYPE | APR_FINFO_SIZE, cmd->temp_pool);
  const bool found = status == APR_SUCCESS || status == APR_INCOMPLETE;
  if (kind == Kind::Folder) {
    if (found && info.filetype == APR_DIR) return nullptr;
    return complaint(cmd, apr_psprintf(cmd->pool, "directory '%s' does not exist", path));
  }
  if (found && info.filetype == APR_REG && info.size > 0) return nullptr;
  return complaint(cmd, apr_psprintf(cmd->pool, "file '%s' does not exist or is empty", path));
}

const char* set_path(cmd_parms* cmd, void* dir, const char* value, Kind kind, Setting<const char*> TlsGiven::*which) {
  const char* path = ap_server_root_relative(cmd->pool, value);
  if (!path) return refuse(cmd, value, "a path");
  if (const char* wrong = check_path(cmd, path, kind)) return wrong;
  (given_in(cmd, dir).*which).set(path);
  return nullptr;
}

std::optional<unsigned> protocol_named(std::string_view name) {
  struct Protocol {
    std::string_view name;
    unsigned bits;
  };
  constexpr Protocol protocols[] = {{"all", backend::tls_all},
                                    {"TLSv1", backend::tls_1_0},
                                    {"TLSv1.1", backend::tls_1_1},
                                    {"TLSv1.2", backend::tls_1_2},
                                    {"TLSv1.3", backend::tls_1_3},
                                    {"SSLv2", 0},
                                    {"SSLv3", 0}};
  for (const Protocol& protocol : protocols) {
    if (protocol.name.size() == name.size() && strncasecmp(protocol.name.data(), name.data(), name.size()) == 0) {
      return protocol.bits;
    }
  }
  return std::nullopt;
}

void warn_of_override(const cmd_parms* cmd, const char* word) {
  if (ap_find_linked_module("mod_ssl.c")) return;
  ap_log_error(APLOG_MARK, APLOG_WARNING, 0, cmd->server,
               APLOGNO(02532) "%s: '%s' takes the place of what stands before it: is a + or - missing?", cmd->cmd->name,
               word);
}

}  // namespace

const char* set_tls_engine(cmd_parms* cmd, void* dir, int on) noexcept {
  return set_flag(cmd, dir, on, &TlsGiven::engine);
}
const char* set_tls_check_cn(cmd_parms* cmd, void* dir, int on) noexcept {
  return set_flag(cmd, dir, on, &TlsGiven::check_cn);
}
const char* set_tls_check_name(cmd_parms* cmd, void* dir, int on) noexcept {
  return set_flag(cmd, dir, on, &TlsGiven::check_name);
}
const char* set_tls_check_dates(cmd_parms* cmd, void* dir, int on) noexcept {
  return set_flag(cmd, dir, on, &TlsGiven::check_dates);
}
const char* set_tls_ca_file(cmd_parms* cmd, void* dir, const char* path) noexcept {
  return set_path(cmd, dir, path, Kind::File, &TlsGiven::ca_file);
}
const char* set_tls_ca_path(cmd_parms* cmd, void* dir, const char* path) noexcept {
  return set_path(cmd, dir, path, Kind::Folder, &TlsGiven::ca_path);
}
const char* set_tls_crl_file(cmd_parms* cmd, void* dir, const char* path) noexcept {
  return set_path(cmd, dir, path, Kind::File, &TlsGiven::crl_file);
}
const char* set_tls_crl_path(cmd_parms* cmd, void* dir, const char* path) noexcept {
  return set_path(cmd, dir, path, Kind::Folder, &TlsGiven::crl_path);
}
const char* set_tls_own_file(cmd_parms* cmd, void* dir, const char* path) noexcept {
  return set_path(cmd, dir, path, Kind::File, &TlsGiven::own_file);
}
const char* set_tls_own_path(cmd_parms* cmd, void* dir, const char* path) noexcept {
  return set_path(cmd, dir, path, Kind::Folder, &TlsGiven::own_path);
}
const char* set_tls_own_chain(cmd_parms* cmd, void* dir, const char* path) noexcept {
  return set_path(cmd, dir, path, Kind::File, &TlsGiven::own_chain);
}

const char* set_tls_protocols(cmd_parms* cmd, void* dir, const char* words) noexcept {
  unsigned protocols = 0;
  while (*words) {
    const char* word = ap_getword_conf(cmd->temp_pool, &words);
    const char sign = *word == '+' || *word == '-' ? *word : '\0';
    const std::optional<unsigned> named = protocol_named(sign ? word + 1 : word);
    if (!named || (*named == 0 && sign != '-')) {
      return refuse(cmd, word, "all, TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3, each with a + or - before it or none");
    }
    if (sign == '-') {
      protocols &= ~*named;
    } else {
      if (!sign && protocols) warn_of_override(cmd, word);
      protocols = sign ? protocols | *named : *named;
    }
  }
  given_in(cmd, dir).protocols.set(protocols);
  return nullptr;
}

const char* set_tls_ciphers(cmd_parms* cmd, void* dir, const char* first, const char* second) noexcept {
  TlsGiven& given = given_in(cmd, dir);
  if (!second || strcmp(first, "SSL") == 0) {
    given.ciphers.set(second ? second : first);
  } else if (strcmp(first, "TLSv1.3") == 0) {
    given.ciphersuites.set(second);
  } else {
    return refuse(cmd, first, "a list of ciphers, or SSL or TLSv1.3 before it");
  }
  return nullptr;
}

// A backend always shows a certificate, so "optional" is as good as "require".
const char* set_tls_verify(cmd_parms* cmd, void* dir, const char* word) noexcept {
  const auto is = [&](const char* other) { return strcasecmp(word, other) == 0; };
  Setting<backend::Verify>& verify = given_in(cmd, dir).verify;
  if (is("none") || is("off")) {
    verify.set(backend::Verify::None);
  } else if (is("require") || is("on") || is("optional")) {
    verify.set(backend::Verify::Require);
  } else if (is("optional_no_ca")) {
    verify.set(backend::Verify::AnyIssuer);
  } else {
    return refuse(cmd, word, "none, optional, require or optional_no_ca");
  }
  return nullptr;
}

const char* set_tls_depth(cmd_parms* cmd, void* dir, const char* number) noexcept {
  char* end = nullptr;
  const long depth = std::strtol(number, &end, 10);
  if (*number == '\0' || *end != '\0' || depth < 0 || depth > 100) return refuse(cmd, number, "a number from 0 to 100");
  given_in(cmd, dir).depth.set(static_cast<unsigned>(depth));
  return nullptr;
}

const char* set_tls_crl_check(cmd_parms* cmd, void* dir, const char* words) noexcept {
  TlsGiven& given = given_in(cmd, dir);
  constexpr const char* expected = "none, leaf or chain, and no_crl_for_cert_ok behind it or nothing";
  const char* word = ap_getword_conf(cmd->temp_pool, &words);
  if (strcasecmp(word, "none") == 0) {
    given.crl_check.set(backend::CrlCheck::None);
  } else if (strcasecmp(word, "leaf") == 0) {
    given.crl_check.set(backend::CrlCheck::Leaf);
  } else if (strcasecmp(word, "chain") == 0) {
    given.crl_check.set(backend::CrlCheck::Chain);
  } else {
    return refuse(cmd, word, expected);
  }
  given.crl_may_be_missing.set(false);
  while (*words) {
    word = ap_getword_conf(cmd->temp_pool, &words);
    if (strcasecmp(word, "no_crl_for_cert_ok") != 0) return refuse(cmd, word, expected);
    given.crl_may_be_missing.set(true);
  }
  return nullptr;
}

}  // namespace cxxproxy::httpd
