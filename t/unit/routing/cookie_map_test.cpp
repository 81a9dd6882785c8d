#include "routing/cookie_map.hpp"

#include <utility>
#include <vector>

#include "catch.hpp"

namespace cxxproxy::routing {
namespace {

// The first entry whose key begins the value gives the replacement.
class Rules final : public CookieRules {
 public:
  using Map = std::vector<std::pair<std::string, std::string>>;

  Rules(Map paths, Map domains) : paths_(std::move(paths)), domains_(std::move(domains)) {}

  std::optional<std::string_view> path(std::string_view value) const override { return find(paths_, value); }
  std::optional<std::string_view> domain(std::string_view value) const override { return find(domains_, value); }

 private:
  static std::optional<std::string_view> find(const Map& map, std::string_view value) {
    for (const auto& [key, replacement] : map) {
      if (value.starts_with(key)) return replacement;
    }
    return std::nullopt;
  }

  Map paths_, domains_;
};

const Rules& rules() {
  static const Rules kRules({{"/in", "/a/much/longer/outer/path"}, {"/very/long/inner/path", "/"}, {"/gone", ""}},
                            {{"in.test", "a.much.longer.domain.test"}, {"very.long.inner.test", "o"}});
  return kRules;
}

std::string rewritten(std::string_view cookie) { return rewrite_cookie(cookie, rules()).value_or("unchanged"); }

TEST_CASE("a path is replaced whole, not only where the rule matches", "[routing]") {
  CHECK(rewritten("a=1; path=/in") == "a=1; path=/a/much/longer/outer/path");
  CHECK(rewritten("a=1; path=/in/deep/down; secure") == "a=1; path=/a/much/longer/outer/path; secure");
  CHECK(rewritten("a=1; path=/very/long/inner/path/x; x") == "a=1; path=/; x");
  CHECK(rewritten("a=1; path=/gone; x") == "a=1; path=; x");
}

TEST_CASE("path and domain are replaced in either order, growing and shrinking", "[routing]") {
  const std::string path = "/a/much/longer/outer/path", domain = "a.much.longer.domain.test";
  CHECK(rewritten("a=1; path=/in; domain=in.test; x") == "a=1; path=" + path + "; domain=" + domain + "; x");
  CHECK(rewritten("a=1; domain=in.test; path=/in; x") == "a=1; domain=" + domain + "; path=" + path + "; x");
  CHECK(rewritten("a=1; domain=very.long.inner.test; path=/in") == "a=1; domain=o; path=" + path);
  CHECK(rewritten("a=1; path=/very/long/inner/path; domain=in.test") == "a=1; path=/; domain=" + domain);
  CHECK(rewritten("a=1;path=/very/long/inner/path;domain=very.long.inner.test") == "a=1;path=/;domain=o");
}

TEST_CASE("of several attributes of one name the last is replaced", "[routing]") {
  CHECK(rewritten("a=1; path=/very/long/inner/path; path=/very/long/inner/path; x") ==
        "a=1; path=/very/long/inner/path; path=/; x");
  CHECK(rewritten("a=1; domain=in.test; domain=very.long.inner.test") == "a=1; domain=in.test; domain=o");
  CHECK(rewritten("a; path=/in; domain=in.test; path=/gone; domain=very.long.inner.test; path=/very/long/inner/path") ==
        "a; path=/in; domain=in.test; path=/gone; domain=o; path=/");
}

TEST_CASE("a last attribute without a rule leaves those before it alone", "[routing]") {
  CHECK(rewritten("a=1; path=/in; path=/other") == "unchanged");
  CHECK(rewritten("a=1; domain=in.test; domain=other.test; path=/gone") ==
        "a=1; domain=in.test; domain=other.test; path=");
}

TEST_CASE("a thousand attributes are gone through once", "[routing]") {
  std::string cookie = "a=1", expected;
  for (int i = 0; i < 1000; ++i) cookie += "; path=/in; domain=in.test";
  expected = cookie + "; path=/; domain=o";
  CHECK(rewritten(cookie + "; path=/very/long/inner/path; domain=very.long.inner.test") == expected);
}

TEST_CASE("attribute names have no case, and blanks before them do not count", "[routing]") {
  CHECK(rewritten("a=1; PATH=/gone") == "a=1; PATH=");
  CHECK(rewritten("a=1;\t Path=/gone") == "a=1;\t Path=");
  CHECK(rewritten("a=1;Domain=very.long.inner.test") == "a=1;Domain=o");
}

TEST_CASE("only an attribute of the very name is meant", "[routing]") {
  CHECK(rewritten("a=1; xpath=/in") == "unchanged");
  CHECK(rewritten("a=1; path2=/in") == "unchanged");
  CHECK(rewritten("a=path=/in") == "unchanged");
  CHECK(rewritten("a=1; path") == "unchanged");
  CHECK(rewritten("a=1; pat") == "unchanged");
}

TEST_CASE("a cookie may be anything", "[routing]") {
  CHECK(rewritten("") == "unchanged");
  CHECK(rewritten(";") == "unchanged");
  CHECK(rewritten(";;; ;") == "unchanged");
  CHECK(rewritten("path=") == "unchanged");
  CHECK(rewritten("a; path=/gone;") == "a; path=;");
  CHECK(rewritten("a; path=/gone; ; ;") == "a; path=; ; ;");
  CHECK(rewritten("a;  ") == "unchanged");
  CHECK(rewritten("path=/gone") == "path=");
}

TEST_CASE("every cut of a cookie is rewritten or left alone, never broken", "[routing]") {
  const std::string cookie = "a=1; path=/in; Domain=in.test; path=/gone; secure";
  for (std::size_t size = 0; size <= cookie.size(); ++size) {
    const std::string cut = cookie.substr(0, size);
    const std::string result = rewrite_cookie(cut, rules()).value_or(cut);
    CHECK(result.starts_with(cut.substr(0, 5)));
  }
}

}  // namespace
}  // namespace cxxproxy::routing
