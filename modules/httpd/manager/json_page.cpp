#include "httpd/manager/page.hpp"
#include "httpd/manager/tree.hpp"
#include "httpd/manager/utf8.hpp"
#include "wire/url.hpp"

#include <string>
#include <utility>
#include <vector>

namespace cxxproxy::httpd::manager {
namespace {

// A string of RFC 8259, with its quotes.
std::string quoted(std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : as_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result.append("\\").append(1, c);
    } else if (byte < 0x20 || byte == 0x7f) {
      result.append("\\u00").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    } else {
      result += c;
    }
  }
  return result += '"';
}

class Json final : public Tree {
 public:
  explicit Json(request_rec* r) : r_(r) { open('{'); }

  void begin_list(const char* name) override {
    next(name);
    open('[');
    in_list_ = true;
  }
  void end_list(const char*) override {
    close(']');
    in_list_ = false;
  }
  // Objects of a list have no name, but lists stand in objects only.
  void begin(const char* name) override {
    next(in_list_ ? nullptr : name);
    open('{');
    list_of_.push_back(std::exchange(in_list_, false));
  }
  void end(const char*) override {
    close('}');
    in_list_ = list_of_.back();
    list_of_.pop_back();
  }

  void text(const char* name, std::string_view value) override { raw(name, quoted(value)); }
  void number(const char* name, std::int64_t value) override { raw(name, std::to_string(value)); }
  void factor(const char* name, std::uint32_t hundredths) override { raw(name, factor_text(r_->pool, hundredths)); }
  void factor_again(const char*, std::uint32_t) override {}
  void flag(const char* name, bool on) override { raw(name, on ? "true" : "false"); }
  void url(const char* name, std::string_view value) override { text(name, wire::without_password(value)); }
  void date(const char* name, apr_time_t value) override {
    apr_time_exp_t at;
    apr_time_exp_gmt(&at, value);
    raw(name, apr_psprintf(r_->pool, "\"%04d-%02d-%02dT%02d:%02d:%02dZ\"", at.tm_year + 1900, at.tm_mon + 1, at.tm_mday,
                           at.tm_hour, at.tm_min, at.tm_sec));
  }
  void finish() {
    close('}');
    write("\n");
  }

 private:
  void write(std::string_view text) { ap_rwrite(text.data(), static_cast<int>(text.size()), r_); }
  void raw(const char* name, std::string_view value) {
    next(name);
    write(value);
  }
  // Before each value.
  void next(const char* name) {
    write(first_ ? "\n" : ",\n");
    write(std::string(depth_ * 2, ' '));
    if (name) write(quoted(name) + ": ");
    first_ = false;
  }
  void open(char bracket) {
    write({&bracket, 1});
    ++depth_;
    first_ = true;
  }
  void close(char bracket) {
    --depth_;
    if (!first_) write("\n" + std::string(depth_ * 2, ' '));
    write({&bracket, 1});
    first_ = false;
  }

  request_rec* r_;
  std::size_t depth_ = 0;
  bool first_ = true;  // nothing stands in what was opened last
  bool in_list_ = false;
  std::vector<bool> list_of_;  // whether the objects around stand in a list
};

}  // namespace

int send_json(request_rec* r) {
  ap_set_content_type_ex(r, "application/json", 1);
  if (r->header_only) return OK;
  Json json(r);
  write_balancers(r, json);
  json.finish();
  return OK;
}

}  // namespace cxxproxy::httpd::manager
