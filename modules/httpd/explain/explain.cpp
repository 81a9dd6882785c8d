#include "httpd/explain/explain.hpp"

#include "httpd/capture/engine.hpp"
#include "httpd/contain.hpp"
#include "httpd/explain/parts.hpp"
#include "httpd/startup.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace cxxproxy::httpd {
namespace {

// What -D NAME=VALUE gives for that name, each time it is given.
PoolArray<const char*> defined(apr_pool_t* pool, std::string_view name) {
  PoolArray<const char*> values(pool);
  for (int i = 0; i < ap_server_config_defines->nelts; ++i) {
    const char* const word = APR_ARRAY_IDX(ap_server_config_defines, i, const char*);
    const std::string_view text = word;
    if (text.size() > name.size() && text.starts_with(name) && text[name.size()] == '=') {
      values.push(word + name.size() + 1);
    }
  }
  return values;
}

bool is_of_interest(const server_rec* s) {
  const ServerConfig& config = config_of(s);
  return !config.mappings.empty() || !config.members.empty() || !config.balancers.empty();
}

std::string engine_text(const server_rec* s) {
  if (!mpm_has_engine()) return std::string("off: it needs the event MPM, and this is ") + ap_show_mpm();
  return config_of(s).engine.value_or(true) ? "on" : "off: CxxProxyEngine Off";
}

// Members and balancers stand with the server that has them first: virtual hosts share what they inherit.
class Servers {
 public:
  Servers(Report& report, apr_pool_t* pool) : report_(report), pool_(pool) {}

  void explain(const server_rec* s) {
    const ServerConfig& config = config_of(s);
    report_.line(0, {in_words(s)});
    report_.line(1, {"Engine: ", engine_text(s)});
    explain_mappings(report_, s);
    inherited_ = 0;
    for (const Balancer* balancer : config.balancers) {
      if (is_new(balancer)) explain_balancer(report_, pool_, s, *balancer);
    }
    explain_single(s, config);
    if (inherited_) report_.line(1, {"And ", std::to_string(inherited_), " workers and balancers of the main server"});
    report_.blank();
  }

 private:
  void explain_single(const server_rec* s, const ServerConfig& config) {
    bool first = true;
    for (const Member* member : config.members) {
      if (!is_new(member)) continue;
      if (std::exchange(first, false)) report_.line(1, {"Workers:"});
      explain_member(report_, 2, pool_, s, *member);
    }
  }

  bool is_new(const void* thing) {
    const bool is = seen_.insert(thing).second;
    if (!is) ++inherited_;
    return is;
  }

  Report& report_;
  apr_pool_t* pool_;
  std::set<const void*> seen_;
  std::size_t inherited_ = 0;
};

void explain_servers(Report& report, apr_pool_t* pool, server_rec* main_server) {
  report.line(0, {"Proxy configuration, as it would be after a start"});
  report.blank();
  Servers servers(report, pool);
  bool any = false;
  for (server_rec* s = main_server; s; s = s->next) {
    if (!is_of_interest(s)) continue;
    servers.explain(s);
    any = true;
  }
  if (!any) report.line(0, {"No server has a mapping, a worker or a balancer."});
  explain_warnings(report, main_server);
}

void explain(server_rec* main_server, apr_pool_t* pool) {
  const PoolArray<const char*> urls = defined(pool, "PROXY_URL");
  const bool all = ap_exists_config_define("DUMP_PROXY") && urls.empty();
  if (!all && urls.empty()) return;
  Report report;
  if (arrange(main_server, pool) != OK) return;
  if (all) explain_servers(report, pool, main_server);
  for (const char* url : urls) explain_request(report, pool, main_server, url, defined(pool, "PROXY_HEADER"));
  apr_file_t* out = nullptr;
  if (apr_file_open_stdout(&out, pool) == APR_SUCCESS) apr_file_puts(report.text().c_str(), out);
}

bool explained(server_rec* main_server, apr_pool_t* pool) {
  explain(main_server, pool);
  return true;
}

}  // namespace

void explain_configuration(apr_pool_t* pconf, server_rec* main_server) noexcept {
  contain<explained, false>(main_server, pconf);
}

}  // namespace cxxproxy::httpd
