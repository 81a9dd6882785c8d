#include "routing/path_match.hpp"

#include "catch.hpp"

namespace cxxproxy::routing {
namespace {

// What a target ending in /T gets for the path, or nothing when the prefix does not take it.
std::optional<std::string> mapped(std::string_view path, std::string_view prefix) {
  const auto length = match_prefix(path, prefix);
  if (!length) return std::nullopt;
  REQUIRE(*length <= path.size());
  return "/T" + std::string(path.substr(*length));
}

std::optional<std::string> servlet_mapped(std::string_view path, std::string_view prefix) {
  const auto match = match_servlet(path, prefix);
  if (!match) return std::nullopt;
  REQUIRE(match->length <= path.size());
  return "/T" + std::string(path.substr(match->length));
}

std::string normalized(std::string_view path, std::string_view prefix = "/") {
  const auto match = match_servlet(path, prefix);
  return match ? match->normalized : "no match";
}

TEST_CASE("a prefix takes itself and what lies below it", "[routing]") {
  CHECK(mapped("/p", "/p") == "/T");
  CHECK(mapped("/p/", "/p") == "/T/");
  CHECK(mapped("/p/y", "/p") == "/T/y");
  CHECK(mapped("/p//y", "/p") == "/T//y");
}

TEST_CASE("a prefix ends at a segment's end", "[routing]") {
  CHECK_FALSE(mapped("/px", "/p"));
  CHECK_FALSE(mapped("/p;x", "/p"));
  CHECK_FALSE(mapped("/", "/p"));
  CHECK_FALSE(mapped("/p", "/p/q"));
}

TEST_CASE("a prefix with a slash at its end wants one", "[routing]") {
  CHECK_FALSE(mapped("/s", "/s/"));
  CHECK(mapped("/s/", "/s/") == "/T");
  CHECK(mapped("/s/y", "/s/") == "/Ty");
}

TEST_CASE("any number of slashes equals any other", "[routing]") {
  CHECK(mapped("///p//q/y", "/p/q") == "/T/y");
  CHECK(mapped("/p/q/y", "//p///q") == "/T/y");
  CHECK(mapped("/p///y", "/p/") == "/Ty");
  CHECK(mapped("/p/", "/p//") == "/T");
  CHECK_FALSE(mapped("/pq", "/p/q"));
}

TEST_CASE("the root takes everything", "[routing]") {
  CHECK(mapped("/", "/") == "/T");
  CHECK(mapped("/x/y", "/") == "/Tx/y");
  CHECK(mapped("//x", "/") == "/Tx");
}

TEST_CASE("a prefix that is no path takes nothing", "[routing]") {
  CHECK_FALSE(mapped("/p", "p"));
  CHECK_FALSE(mapped("/p", ""));
  CHECK_FALSE(mapped("", "/p"));
  CHECK_FALSE(mapped("", ""));
  CHECK_FALSE(mapped("*", "/"));
}

TEST_CASE("paths differ by case", "[routing]") { CHECK_FALSE(mapped("/P/x", "/p")); }

// From here on, every row is what the stock module does too, unless it says otherwise.
TEST_CASE("a servlet path is matched without its parameters and sent on with them", "[routing]") {
  CHECK(servlet_mapped("/app/x", "/app") == "/T/x");
  CHECK(servlet_mapped("/app;a=1/x;b=2/y", "/app") == "/T;a=1/x;b=2/y");
  CHECK(servlet_mapped("/app;p/x/..;q/y", "/app") == "/T;p/x/..;q/y");
  CHECK(servlet_mapped("/app/x;p/y", "/app/") == "/Tx;p/y");
  CHECK(servlet_mapped("/app;p/x", "/app/") == "/Tx");
  CHECK(servlet_mapped("/app/x%2Fy%3b", "/app") == "/T/x%2Fy%3b");
}

TEST_CASE("a servlet path that is the prefix and nothing else brings no parameters", "[routing]") {
  CHECK(servlet_mapped("/app", "/app") == "/T");
  CHECK(servlet_mapped("/app;a=1", "/app") == "/T");
  CHECK(servlet_mapped("/app/", "/app") == "/T/");
  CHECK(servlet_mapped("/app;a=1/", "/app") == "/T/");
  CHECK(servlet_mapped("/app;p/;z", "/app") == "/T");
  CHECK(servlet_mapped("/app/x/..;p", "/app") == "/T");
  CHECK(servlet_mapped("/app/", "/app/") == "/T");
  CHECK_FALSE(servlet_mapped("/app;p", "/app/"));
}

TEST_CASE("empty and dot segments of a servlet path do not count", "[routing]") {
  CHECK(servlet_mapped("/a/./b/x", "/a/b") == "/T/x");
  CHECK(servlet_mapped("//a//b//x", "/a/b") == "/T/x");
  CHECK(servlet_mapped("/a/;z/b/x", "/a/b") == "/T/x");
  CHECK(servlet_mapped("/a/b/c/..;p/d", "/a/b") == "/T/d");
  CHECK(servlet_mapped("/a/b/c/d/..;p/e", "/a/b") == "/T/c/d/..;p/e");
  CHECK(servlet_mapped("/x/..;/app/y", "/app") == "/T/y");
  CHECK(servlet_mapped("/app/foo/..;x/admin/y", "/app/admin") == "/T/y");
}

TEST_CASE("dot segments behind the prefix go to the backend with what follows them", "[routing]") {
  CHECK(servlet_mapped("/a/.;x/b", "/a") == "/T/.;x/b");
  CHECK(servlet_mapped("/a/;z/b", "/a") == "/T/;z/b");
  CHECK(servlet_mapped("/a/.;x/b", "/a/") == "/T.;x/b");
  CHECK(servlet_mapped("/.;x/b", "/") == "/T.;x/b");
  CHECK(servlet_mapped("/a;p/.;x/b", "/a") == "/T;p/.;x/b");
  CHECK(servlet_mapped("/a/c/..;x/.;y/b", "/a") == "/T/b");
}

TEST_CASE("a servlet prefix ends at a segment's end", "[routing]") {
  CHECK_FALSE(servlet_mapped("/apple", "/app"));
  CHECK_FALSE(servlet_mapped("/ap", "/app"));
  CHECK_FALSE(servlet_mapped("/app/..;/x", "/app"));
  CHECK_FALSE(servlet_mapped("/APP/x", "/app"));
}

TEST_CASE("a servlet path may not climb above its root", "[routing]") {
  CHECK_FALSE(servlet_mapped("/..;/app", "/app"));
  CHECK_FALSE(servlet_mapped("/../app", "/app"));
  CHECK_FALSE(servlet_mapped("/app/..;/..;/app", "/app"));
  CHECK_FALSE(servlet_mapped("/;x/..;/app", "/"));
}

// The stock module maps all of these: having stepped back it forgets how deep in the prefix it is.
TEST_CASE("stepping back in the midst of a servlet prefix does not skip a segment of it", "[routing]") {
  CHECK_FALSE(servlet_mapped("/a/..;/b", "/a/b"));
  CHECK_FALSE(servlet_mapped("/x/..;/b/c", "/a/b/"));
  CHECK_FALSE(servlet_mapped("/x/..;/a", "/a/a"));
  CHECK(servlet_mapped("/x/..;/a/b/y", "/a/b") == "/T/y");
}

TEST_CASE("a servlet path is shown as the container sees it", "[routing]") {
  CHECK(normalized("/app;a=1/x;b/y") == "/app/x/y");
  CHECK(normalized("//a///b") == "/a/b");
  CHECK(normalized("/a/./b/") == "/a/b/");
  CHECK(normalized("/a/.;x") == "/a/");
  CHECK(normalized("/a/;x") == "/a/");
  CHECK(normalized("/a/b/..;x") == "/a/");
  CHECK(normalized("/a/..;x") == "/");
  CHECK(normalized("/...") == "/...");
  CHECK(normalized("/..a/.b") == "/..a/.b");
  CHECK(normalized("/") == "/");
}

TEST_CASE("what is no path is no servlet path", "[routing]") {
  CHECK_FALSE(match_servlet("", "/"));
  CHECK_FALSE(match_servlet("*", "/"));
  CHECK_FALSE(match_servlet("/a", ""));
  CHECK_FALSE(match_servlet("/a", "a"));
}

// However the segments are put together: what is left for the backend is the tail of the path, and what the container
// sees begins with the prefix.
TEST_CASE("no servlet path slips past its prefix", "[routing]") {
  const std::vector<std::string> segments = {"a", "b", "ab", "", ".", "..", ";p", "a;p", "..;p", ".;p"};
  const std::vector<std::string> prefixes = {"/", "/a", "/a/", "/a/b", "/a/b/"};
  const std::size_t kinds = segments.size();
  for (std::size_t number = 0; number < kinds * kinds * kinds * kinds; ++number) {
    std::string path;
    for (std::size_t rest = number, i = 0; i < 4; ++i, rest /= kinds) path += '/' + segments[rest % kinds];
    for (const std::string& prefix : prefixes) {
      const auto match = match_servlet(path, prefix);
      if (!match) continue;
      const bool inside = match_prefix(match->normalized, prefix).has_value();
      const bool sane = match->length > 0 && match->length <= path.size();
      if (!inside || !sane) FAIL(path << " by " << prefix << " is " << match->normalized << ", " << match->length);
    }
  }
}

}  // namespace
}  // namespace cxxproxy::routing
