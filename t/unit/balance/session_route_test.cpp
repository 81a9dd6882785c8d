#include "balance/session_route.hpp"

#include "catch.hpp"

#include <string>

using namespace cxxproxy::balance;

namespace {

constexpr StickyNames sticky_names = {"CK", "sid", '.', false};
constexpr StickyNames whole_value = {"CK", "sid", 0, true};

// "value -> route", "value" if it names no route, "none" if nothing was found.
std::string text(const std::optional<SessionRoute>& found) {
  if (!found) return "none";
  std::string text(found->value);
  if (found->route) text.append(" -> ").append(*found->route);
  return text;
}
std::string url(std::string_view path_and_query, const StickyNames& names = sticky_names) {
  return text(find_in_url(path_and_query, names));
}
std::string cookie(std::string_view header, const StickyNames& names = sticky_names) {
  return text(find_in_cookies(header, names));
}

}  // namespace

TEST_CASE("a route is found in the query", "[balance][session]") {
  CHECK(url("/x?sid=1.r1") == "1.r1 -> r1");
  CHECK(url("/x?a=1&sid=1.r1&b=2") == "1.r1 -> r1");
  CHECK(url("/x?sid=1.r1?y") == "1.r1 -> r1");
  CHECK(url("/x?sid=.r1") == ".r1 -> r1");
  CHECK(find_in_url("/x?sid=1.r1", sticky_names)->name == "sid");
}

TEST_CASE("a route is found in a path parameter", "[balance][session]") {
  CHECK(url("/x;sid=1.r1") == "1.r1 -> r1");
  CHECK(url("/x;sid=1.r1?a=b") == "1.r1 -> r1");
  CHECK(url("/x;v=1;sid=1.r1") == "1.r1 -> r1");
  CHECK(url("/x;sid=1.r1/y") == "1.r1/y -> r1/y");
  CHECK(url("/sid=1.r1") == "1.r1 -> r1");
  CHECK(url("sid=1.r1") == "1.r1 -> r1");
}

TEST_CASE("a URL parameter must match a whole name, in its letters", "[balance][session]") {
  CHECK(url("/x?xsid=1.r1") == "none");
  CHECK(url("/x?sidx=1.r1") == "none");
  CHECK(url("/x?SID=1.r1") == "none");
  CHECK(url("/x?a=sid=1.r1") == "none");
  CHECK(url("/x?a,sid=1.r1") == "none");
  CHECK(url("/x?a%26sid=1.r1") == "none");
  CHECK(url("/x?xsid=1.r1&sid=1.r2") == "1.r2 -> r2");
  CHECK(url("/x?sidsid=1.r1&sid=1.r2") == "1.r2 -> r2");
  CHECK(url("/x?sid&sid=1.r2") == "1.r2 -> r2");
}

TEST_CASE("a semicolon ends a URL value only where told so", "[balance][session]") {
  CHECK(url("/x?sid=1.r1;z=1") == "1.r1;z=1 -> r1;z=1");
  CHECK(url("/x;sid=r1;b=1?c", whole_value) == "r1 -> r1");
}

TEST_CASE("a URL parameter without a value is passed over", "[balance][session]") {
  CHECK(url("/x?sid=") == "none");
  CHECK(url("/x?sid=&sid=1.r1") == "1.r1 -> r1");
  CHECK(url("/x?sid=&b=.r1") == "none");
  CHECK(url("/x?sid=;b=r1", whole_value) == "none");
  CHECK(url("/x?sid") == "none");
  CHECK(url("") == "none");
}

TEST_CASE("the route follows the first separator, if there is one", "[balance][session]") {
  CHECK(url("/x?sid=1") == "1");
  CHECK(url("/x?sid=1.") == "1. -> ");
  CHECK(url("/x?sid=1.r1.r2") == "1.r1.r2 -> r1.r2");
  CHECK(url("/x?sid=1!r1", {"CK", "sid", '!', false}) == "1!r1 -> r1");
  CHECK(url("/x?sid=1.r1", whole_value) == "1.r1 -> 1.r1");
}

TEST_CASE("a route is found in a cookie, wherever it stands", "[balance][session]") {
  CHECK(cookie("CK=1.r1") == "1.r1 -> r1");
  CHECK(cookie("CK=1.r1;a=b") == "1.r1 -> r1");
  CHECK(cookie("a=b; CK=1.r1") == "1.r1 -> r1");
  CHECK(cookie("a=b;CK=1.r1") == "1.r1 -> r1");
  CHECK(cookie("a=b,CK=1.r1") == "1.r1 -> r1");
  CHECK(cookie("a=b, CK=1.r1, c=d") == "1.r1 -> r1");
  CHECK(cookie("a=b CK=1.r1") == "1.r1 -> r1");
  CHECK(cookie("a=b\tCK=1.r1") == "1.r1 -> r1");
  CHECK(cookie("CK=.r1") == ".r1 -> r1");
  CHECK(find_in_cookies("CK=1.r1", sticky_names)->name == "CK");
}

TEST_CASE("a cookie must match a whole name, in its letters", "[balance][session]") {
  CHECK(cookie("ck=1.r1") == "none");
  CHECK(cookie("XCK=1.r1; CK=1.r2") == "1.r2 -> r2");
  CHECK(cookie("CKX=1.r1; CK=1.r2") == "1.r2 -> r2");
  CHECK(cookie("a=CK=1.r1") == "none");
  CHECK(cookie("CK; CK=1.r2") == "1.r2 -> r2");
  CHECK(cookie("") == "none");
}

TEST_CASE("spaces may stand before a cookie's equals sign and belong to the value after it", "[balance][session]") {
  CHECK(cookie("CK = 1.r1") == " 1.r1 -> r1");
  CHECK(cookie("CK= 1.r1") == " 1.r1 -> r1");
  CHECK(cookie("CK=1.r1 ; a=b") == "1.r1  -> r1 ");
  CHECK(cookie("CK   ") == "none");
}

TEST_CASE("quotes belong to a cookie's value", "[balance][session]") {
  CHECK(cookie("CK=\"1.r1\"") == "\"1.r1\" -> r1\"");
}

TEST_CASE("the first cookie of the name counts, even one without a route", "[balance][session]") {
  CHECK(cookie("CK=1.r1; CK=1.r2") == "1.r1 -> r1");
  CHECK(cookie("CK=1; CK=1.r1") == "1");
  CHECK(cookie("CK=; CK=1.r1") == "");
  CHECK(cookie("CK=;a=b", whole_value) == " -> ");
  CHECK(cookie("CK=") == "none");
}

TEST_CASE("an empty name finds nothing", "[balance][session]") {
  CHECK(url("/x?=1.r1", {"CK", "", '.', false}) == "none");
  CHECK(cookie("=1.r1", {"", "sid", '.', false}) == "none");
}

TEST_CASE("the URL wins over the cookie, even when it names no route", "[balance][session]") {
  CHECK(text(find_session_route("/x?sid=1.r2", "CK=1.r1", sticky_names)) == "1.r2 -> r2");
  CHECK(text(find_session_route("/x?sid=1", "CK=1.r1", sticky_names)) == "1");
  CHECK(text(find_session_route("/x?sid=", "CK=1.r1", sticky_names)) == "1.r1 -> r1");
  CHECK(text(find_session_route("/x", "CK=1.r1", sticky_names)) == "1.r1 -> r1");
  CHECK(text(find_session_route("/x", "", sticky_names)) == "none");
}

TEST_CASE("a text cut at any byte is read to its end and no further", "[balance][session]") {
  const std::string whole = "/a;sid=;sid&sid=1.r1?sid = 2.r2; CK ; CK = 3.r3, CK=";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::string exact(whole, 0, size);
    const auto in_url = find_in_url(exact, sticky_names);
    const auto in_cookies = find_in_cookies(exact, sticky_names);
    CHECK((!in_url || in_url->value.data() + in_url->value.size() <= exact.data() + exact.size()));
    CHECK((!in_cookies || in_cookies->value.data() + in_cookies->value.size() <= exact.data() + exact.size()));
  }
}
