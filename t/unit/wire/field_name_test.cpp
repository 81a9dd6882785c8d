#include "wire/field_name.hpp"

#include <string>

#include "catch.hpp"
#include "wire/fields.hpp"

using namespace cxxproxy::wire;

namespace {

constexpr auto last_name = FieldName::XForwardedServer;

}  // namespace

TEST_CASE("every known name is recognized, in any case", "[wire]") {
  for (int i = 1; i <= static_cast<int>(last_name); ++i) {
    const auto name = static_cast<FieldName>(i);
    const std::string spelled(spelling(name));
    INFO(spelled);
    std::string upper = spelled;
    std::string lowered = spelled;
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
    for (char& c : lowered) c = lower(c);
    CHECK(is_token(spelled));
    CHECK(field_name(spelled) == name);
    CHECK(field_name(upper) == name);
    CHECK(field_name(lowered) == name);
    CHECK(lower_spelling(name) == lowered);
  }
}

TEST_CASE("a name that is nearly a known one is another", "[wire]") {
  CHECK(spelling(FieldName::Other).empty());
  CHECK(lower_spelling(FieldName::Other).empty());
  for (int i = 1; i <= static_cast<int>(last_name); ++i) {
    const std::string spelled(spelling(static_cast<FieldName>(i)));
    INFO(spelled);
    CHECK(field_name(spelled + "s") == FieldName::Other);
    CHECK(field_name("x" + spelled) == FieldName::Other);
    for (std::size_t at = 0; at < spelled.size(); ++at) {
      for (const char c : {'\0', ' ', '_', '\x0d', '\xad'}) {
        std::string changed = spelled;
        changed[at] = c;
        CHECK(field_name(changed) == FieldName::Other);
      }
    }
  }
  for (const std::string_view name : {"", "Server", "Cookie", "Trailers", "X-Upgrade", "content\rlength"}) {
    CHECK(field_name(name) == FieldName::Other);
  }
}

TEST_CASE("what belongs to one hop is dropped from requests and answers", "[wire]") {
  for (const std::string_view text :
       {"connection", "Proxy-Connection", "KEEP-ALIVE", "TE", "Trailer", "Transfer-Encoding", "upgrade"}) {
    const FieldName name = field_name(text);
    CHECK(dropped_from_request(name));
    CHECK(dropped_from_response(name));
    CHECK(dropped_from_trailer(name));
  }
  CHECK(dropped_from_response(FieldName::ProxyAuthenticate));
  CHECK_FALSE(dropped_from_request(FieldName::ProxyAuthenticate));
  for (const FieldName name :
       {FieldName::Host, FieldName::ProxyAuthenticationInfo, FieldName::ContentLength, FieldName::Other}) {
    CHECK_FALSE(dropped_from_request(name));
    CHECK_FALSE(dropped_from_response(name));
  }
  CHECK(is_framing(FieldName::ContentLength));
  CHECK(is_framing(FieldName::TransferEncoding));
  CHECK_FALSE(is_framing(FieldName::ContentType));
}

TEST_CASE("what frames, routes, authenticates or describes the body stays out of trailers", "[wire]") {
  for (const std::string_view text : {"Age",
                                      "Authorization",
                                      "Cache-Control",
                                      "Content-Encoding",
                                      "Content-Length",
                                      "Content-Range",
                                      "Content-Type",
                                      "Date",
                                      "Expect",
                                      "Expires",
                                      "Host",
                                      "Location",
                                      "Max-Forwards",
                                      "Pragma",
                                      "Proxy-Authenticate",
                                      "Range",
                                      "Retry-After",
                                      "Set-Cookie",
                                      "Authentication-Info",
                                      "Proxy-Authorization",
                                      "Vary",
                                      "Via",
                                      "Warning",
                                      "WWW-Authenticate",
                                      "Proxy-Authentication-Info"}) {
    INFO(text);
    CHECK(dropped_from_trailer(field_name(text)));
  }
  for (const std::string_view text : {"Last-Modified", "Content-Location", "X-Forwarded-For", "If-Match", "Digest"}) {
    CHECK_FALSE(dropped_from_trailer(field_name(text)));
  }
}
