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

// They count the bytes of a body or look at its metadata, and pass it on.
constexpr std::array<string_view, 6> never_reads{"byterange",  "content_length", "http_outerror",
                                                 "reqtimeout", "cxxproxy_out",   "core"};

template <std::size_t size>
bool is_one_of(const std::array<string_view, size>& names, string_view name) {
  return std::any_of(names.begin(), names.end(), [&](string_view one) { return wire::iequals(name, one); });
}

// What is known of a filter's record, and remembered: records live as long as the process.
struct Verdict {
  const ap_filter_rec_t* record = nullptr;
  bool may_run_here = false;
  bool passes_on = false;
};

Verdict judge(const ap_filter_rec_t* record) {
  string_view name = record->name;
  const bool passes_on = is_one_of(never_reads, name);
  if (name.starts_with(by_type)) name.remove_prefix(by_type.size());
  return {record, is_one_of(never_waits, name), passes_on};
}

const Verdict& known(const ap_filter_rec_t* record) {
  static thread_local std::array<Verdict, 64> verdicts;
  Verdict& verdict = verdicts[(reinterpret_cast<std::uintptr_t>(record) >> 4U) % verdicts.size()];
  if (verdict.record != record) verdict = judge(record);
  return verdict;
}

// Those of the connection are looked at when it is captured.
bool all_known(const ap_filter_t* f) {
  for (; f && f->frec->ftype < AP_FTYPE_CONNECTION; f = f->next) {
    if (!known(f->frec).may_run_here) return false;
  }
  return true;
}

}  // namespace

bool only_passed_on(const request_rec* r) noexcept {
  for (const ap_filter_t* f = r->output_filters; f; f = f->next) {
    if (!known(f->frec).passes_on) return false;
  }
  return true;
}

bool may_run_on_reactor(const request_rec* r) noexcept {
  return all_known(r->output_filters) && all_known(r->input_filters);
}

}  // namespace cxxproxy::httpd
