// Writing HTML: what is text is escaped, what is markup is written as it stands.
#pragma once

#include "httpd/apache.hpp"
#include "httpd/pool.hpp"

#include <string_view>

namespace cxxproxy::httpd::manager {

class Html {
 public:
  explicit Html(request_rec* r) noexcept : r_(r) {}

  Html& markup(std::string_view text) {
    ap_rwrite(text.data(), static_cast<int>(text.size()), r_);
    return *this;
  }

  // As it is, text is fit for an attribute's value between quotes of either kind, too. In cells scripts expect single
  // quotes as they are.
  enum class Quotes : std::uint8_t { Escaped, AsTheyAre };
  Html& text(std::string_view text, Quotes quotes = Quotes::Escaped) {
    for (const char c : text) {
      switch (c) {
        case '&':
          markup("&amp;");
          break;
        case '<':
          markup("&lt;");
          break;
        case '>':
          markup("&gt;");
          break;
        case '"':
          markup("&quot;");
          break;
        case '\'':
          markup(quotes == Quotes::Escaped ? "&#39;" : "'");
          break;
        default:
          ap_rputc(c, r_);
      }
    }
    return *this;
  }
  Html& number(std::int64_t value) { return markup(apr_psprintf(r_->pool, "%" APR_INT64_T_FMT, value)); }

  Html& cell(std::string_view content) { return markup("<td>").text(content, Quotes::AsTheyAre).markup("</td>"); }
  Html& cell(std::int64_t value) { return markup("<td>").number(value).markup("</td>"); }

  request_rec* request() const noexcept { return r_; }

 private:
  request_rec* r_;
};

// A value inside a URL's query.
inline const char* in_query(apr_pool_t* pool, std::string_view value) {
  constexpr std::string_view plain = "-._~:/";
  constexpr char digits[] = "0123456789ABCDEF";
  char* const text = static_cast<char*>(apr_palloc(pool, value.size() * 3 + 1));
  char* end = text;
  for (const char c : value) {
    if (apr_isalnum(c) || plain.find(c) != std::string_view::npos) {
      *end++ = c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      *end++ = '%', *end++ = digits[byte >> 4], *end++ = digits[byte & 15];
    }
  }
  *end = '\0';
  return text;
}

}  // namespace cxxproxy::httpd::manager
