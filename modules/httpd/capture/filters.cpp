#include "httpd/capture/filters.hpp"

#include "wire/fields.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace cxxproxy::httpd {
namespace {

using std::string_view;

constexpr std::array<string_view, 20> never_waits{
    "byterange", "content_length",    "http_header",       "http_outerror", "old_write", "chunk",   "http_in",
    "deflate",   "inflate",           "brotli_compress",   "substitute",    "sed",       "xml2enc", "proxy-html",
    "xlateout",  "fixup_headers_out", "fixup_headers_err", "buffer",        "data",      "charset"};

// AddOutputFilterByType wraps the filter it names.
constexpr string_view by_type = "BYTYPE:";

bool known(string_view name) {
  if (name.starts_with(by_type)) name.remove_prefix(by_type.size());
  return std::any_of(never_waits.begin(), never_waits.end(),
                     [&](string_view safe) { return wire::iequals(name, safe); });
}

// The verdict on a filter's record, remembered: records live as long as the process.
bool known(const ap_filter_rec_t* record) {
  struct Verdict {
    const ap_filter_rec_t* record = nullptr;
    bool known = false;
  };
  static thread_local std::array<Verdict, 64> verdicts;
  Verdict& verdict = verdicts[(reinterpret_cast<std::uintptr_t>(record) >> 4U) % verdicts.size()];
  if (verdict.record != record) verdict = {record, known(record->name)};
  return verdict.known;
}

// Those of the connection are looked at when it is captured.
bool all_known(const ap_filter_t* f) {
  for (; f && f->frec->ftype < AP_FTYPE_CONNECTION; f = f->next) {
    if (!known(f->frec)) return false;
  }
  return true;
}

}  // namespace

bool may_run_on_reactor(const request_rec* r) noexcept {
  return all_known(r->output_filters) && all_known(r->input_filters);
}

}  // namespace cxxproxy::httpd
