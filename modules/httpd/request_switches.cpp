#include "httpd/request_switches.hpp"

namespace cxxproxy::httpd {
namespace {

struct Row {
  const char* name;
  Switch which;
};

constexpr Row rows[] = {
    {"proxy-nokeepalive", Switch::NoKeepalive},
    {"force-proxy-request-1.0", Switch::Http10},
    {"proxy-initial-not-pooled", Switch::InitialNotPooled},
    {"proxy-sendextracrlf", Switch::ExtraCrlf},
    {"proxy-sendcl", Switch::SendLength},
    {"proxy-sendchunked", Switch::SendChunked},
    {"proxy-sendchunks", Switch::SendChunked},
    {"proxy-prefetch-nonblocking", Switch::PrefetchNonblocking},
};

// Most of an environment is out at the first letter.
bool may_be_listed(const char* name) noexcept {
  const char first = static_cast<char>(name[0] | 0x20);
  return first == 'p' || first == 'f';
}

}  // namespace

Switches read_switches(const request_rec* r) noexcept {
  Switches on;
  const apr_array_header_t* variables = apr_table_elts(r->subprocess_env);
  const auto* variable = reinterpret_cast<const apr_table_entry_t*>(variables->elts);
  for (int i = 0; i < variables->nelts; ++i) {
    const char* name = variable[i].key;
    if (!name || !may_be_listed(name)) continue;
    for (const Row& row : rows) {
      if (strcasecmp(name, row.name) == 0) on.set(row.which);
    }
  }
  return on;
}

}  // namespace cxxproxy::httpd
