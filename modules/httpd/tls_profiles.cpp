#include "httpd/tls_profiles.hpp"

#include "httpd/config.hpp"
#include "httpd/log.hpp"
#include "httpd/routing.hpp"

#include "backend/tls/profile.hpp"

#include <unistd.h>

#include <deque>
#include <memory>
#include <string>

APLOG_USE_MODULE(proxy);

namespace cxxproxy::httpd {
namespace {

std::string text_of(const Setting<const char*>& given) { return given.given ? given.value : ""; }

// The common name alone counts only where the names do not, and it was asked for.
backend::NameCheck name_check(const TlsGiven& given) {
  const bool names = given.check_name.value_or(true) && (given.check_cn.value_or(true) || given.check_name.given);
  if (names) return backend::NameCheck::Names;
  return given.check_cn.value_or(false) ? backend::NameCheck::CommonName : backend::NameCheck::None;
}

backend::TlsSettings settings_of(const TlsGiven& given) {
  backend::TlsSettings settings;
  settings.protocols = given.protocols.value_or(settings.protocols);
  settings.ciphers = text_of(given.ciphers);
  settings.ciphersuites = text_of(given.ciphersuites);
  settings.verify = given.verify.value_or(settings.verify);
  settings.depth = given.depth.value_or(settings.depth);
  settings.ca_file = text_of(given.ca_file);
  settings.ca_path = text_of(given.ca_path);
  settings.crl_check = given.crl_check.value_or(settings.crl_check);
  settings.crl_may_be_missing = given.crl_may_be_missing.value_or(settings.crl_may_be_missing);
  settings.crl_file = text_of(given.crl_file);
  settings.crl_path = text_of(given.crl_path);
  settings.name_check = name_check(given);
  settings.check_dates = given.check_dates.value_or(settings.check_dates);
  settings.own_file = text_of(given.own_file);
  settings.own_path = text_of(given.own_path);
  settings.own_chain = text_of(given.own_chain);
  return settings;
}

// mod_ssl says the same where it is loaded.
void warn_of_what_cannot_be(server_rec* s, const backend::TlsSettings& settings) {
  if (ap_find_linked_module("mod_ssl.c")) return;
  if (settings.verify == backend::Verify::Require && settings.ca_file.empty() && settings.ca_path.empty()) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                 APLOGNO(01897) "SSLProxyVerify wants certificates of known authorities, and none is known: name them "
                                "with SSLProxyCACertificateFile or SSLProxyCACertificatePath");
  }
  if (settings.crl_check == backend::CrlCheck::None && (!settings.crl_file.empty() || !settings.crl_path.empty())) {
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                 APLOGNO(01902) "there are revocation lists, and SSLProxyCARevocationCheck, which would use them, is "
                                "not set");
  }
}

// Of one generation of the configuration. Children never free theirs: threads may still be in it.
class Profiles {
 public:
  explicit Profiles(apr_pool_t* pconf) : pconf_(pconf) {}
  Profiles(const Profiles&) = delete;
  Profiles& operator=(const Profiles&) = delete;
  ~Profiles() {
    for (Entry& entry : entries_) {
      if (getpid() != maker_) static_cast<void>(entry.profile.release());
    }
  }

  // Null: `wrong` says why.
  const TlsWay* way_for(server_rec* s, const TlsGiven* given, std::string& wrong) {
    if (!given || !given->engine.value_or(false)) return &closed_;
    const backend::TlsSettings settings = settings_of(*given);
    for (const Entry& entry : entries_) {
      if (entry.profile->settings() == settings) return &entry.way;
    }
    std::unique_ptr<backend::TlsProfile> profile = backend::TlsProfile::make(settings, wrong);
    if (!profile) return nullptr;
    warn_of_what_cannot_be(s, settings);
    const TlsWay way{profile.get(), apr_itoa(pconf_, static_cast<int>(entries_.size()))};
    return &entries_.emplace_back(Entry{std::move(profile), way}).way;
  }

 private:
  struct Entry {
    std::unique_ptr<backend::TlsProfile> profile;
    TlsWay way;
  };

  apr_pool_t* const pconf_;
  const pid_t maker_ = getpid();
  const TlsWay closed_{};
  std::deque<Entry> entries_;  // they stay where they are
};

int refuse(server_rec* s, const char* where, const std::string& wrong) {
  ap_log_error(APLOG_MARK, APLOG_EMERG, 0, s, CXXPROXY_LOGNO(0404) "TLS to backends, %s: %s", where, wrong.c_str());
  return HTTP_INTERNAL_SERVER_ERROR;
}

const char* place_of(apr_pool_t* pool, const server_rec* s) {
  if (!s->is_virtual) return "main server";
  return apr_psprintf(pool, "virtual host %s (%s:%u)", s->server_hostname ? s->server_hostname : "without a name",
                      s->defn_name ? s->defn_name : "", s->defn_line_number);
}

// A section that virtual hosts inherit keeps what it took from the server that holds it.
int finish_sections(Profiles& profiles, apr_pool_t* pool, server_rec* s) {
  TlsGiven* outer = config_of(s->lookup_defaults).tls;
  for (ap_conf_vector_t* vector : config_of(s).sections) {
    DirConfig& section = config_of(vector);
    if (!section.tls || section.tls_way) continue;
    std::string wrong;
    section.tls_way = profiles.way_for(s, merged_tls(pool, outer, section.tls), wrong);
    if (!section.tls_way) return refuse(s, apr_pstrcat(pool, "<Proxy> ", section.section_url, nullptr), wrong);
  }
  return OK;
}

}  // namespace

int make_tls_profiles(apr_pool_t* pconf, server_rec* main_server) {
  Profiles& profiles = make_in<Profiles>(pconf, pconf);
  for (server_rec* s = main_server; s; s = s->next) {
    DirConfig& defaults = config_of(s->lookup_defaults);
    std::string wrong;
    defaults.tls_way = profiles.way_for(s, defaults.tls, wrong);
    if (!defaults.tls_way) return refuse(s, place_of(pconf, s), wrong);
    if (const int status = finish_sections(profiles, pconf, s); status != OK) return status;
  }
  return OK;
}

const TlsWay* tls_way_to(const server_rec* s, const Member& member) {
  const std::string url = member.balancer ? std::string(member.balancer->name) + "/" : member.name;
  const TlsWay* way = config_of(s->lookup_defaults).tls_way;
  for (ap_conf_vector_t* settings : config_of(s).sections) {
    const DirConfig& section = config_of(settings);
    if (section.tls_way && section_matches(section, url.c_str())) way = section.tls_way;
  }
  return way && way->profile ? way : nullptr;
}

}  // namespace cxxproxy::httpd
