#include "httpd/manager/page.hpp"
#include "httpd/manager/tree.hpp"
#include "httpd/manager/utf8.hpp"

#include <string>

namespace cxxproxy::httpd::manager {
namespace {

// Whatever the bytes are, a parser takes them.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : as_utf8(text)) {
    switch (c) {
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '&':
        result += "&amp;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
  }
  return result;
}

class Xml final : public Tree {
 public:
  explicit Xml(request_rec* r) : r_(r) {}

  void begin_list(const char* name) override { begin(name); }
  void end_list(const char* name) override { end(name); }
  void begin(const char* name) override { line(apr_pstrcat(r_->pool, "<httpd:", name, ">", nullptr)), ++depth_; }
  void end(const char* name) override { --depth_, line(apr_pstrcat(r_->pool, "</httpd:", name, ">", nullptr)); }

  void text(const char* name, std::string_view value) override {
    line(apr_pstrcat(r_->pool, "<httpd:", name, ">", escaped(value).c_str(), "</httpd:", name, ">", nullptr));
  }
  void number(const char* name, std::int64_t value) override { text(name, std::to_string(value)); }
  void factor(const char* name, std::uint32_t hundredths) override { text(name, factor_text(r_->pool, hundredths)); }
  void factor_again(const char* name, std::uint32_t hundredths) override { factor(name, hundredths); }
  void flag(const char* name, bool on) override { text(name, on ? "On" : "Off"); }
  void url(const char* name, std::string_view value) override { text(name, value); }
  void date(const char* name, apr_time_t value) override {
    char date[APR_RFC822_DATE_LEN];
    apr_rfc822_date(date, value);
    text(name, date);
  }

 private:
  void line(const char* what) { ap_rprintf(r_, "%*s%s\n", depth_ * 2, "", what); }

  request_rec* r_;
  int depth_ = 1;
};

}  // namespace

int send_xml(request_rec* r) {
  ap_set_content_type_ex(r, "text/xml", 1);
  if (r->header_only) return OK;
  ap_rputs("<?xml version='1.0' encoding='UTF-8' ?>\n<httpd:manager xmlns:httpd='http://httpd.apache.org'>\n", r);
  Xml xml(r);
  write_balancers(r, xml);
  ap_rputs("</httpd:manager>\n", r);
  return OK;
}

}  // namespace cxxproxy::httpd::manager
