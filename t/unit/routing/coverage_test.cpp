#include "routing/coverage.hpp"

#include "catch.hpp"

#include <initializer_list>
#include <vector>

namespace cxxproxy::routing {
namespace {

using Kind = CoverageRule::Kind;

CoverageRule prefix(std::string_view path) { return {.path = path}; }
CoverageRule regex(std::string_view text) { return {.path = text, .kind = Kind::Regex}; }
CoverageRule servlet(std::string_view path) { return {.path = path, .kind = Kind::Servlet, .early = true}; }
CoverageRule encoded(CoverageRule rule) {
  rule.early = true;
  return rule;
}
CoverageRule conditional(CoverageRule rule) {
  rule.conditional = true;
  return rule;
}

// Which rule covers the last one.
std::optional<std::size_t> covering_last(std::initializer_list<CoverageRule> rules) {
  const std::vector<CoverageRule> all(rules);
  return covering_rule(all, all.size() - 1);
}

constexpr std::nullopt_t nobody = std::nullopt;

TEST_CASE("a prefix covers what lies below it", "[routing]") {
  CHECK(covering_last({prefix("/app"), prefix("/app/sub")}) == 0);
  CHECK(covering_last({prefix("/app"), prefix("/app")}) == 0);
  CHECK(covering_last({prefix("/app/"), prefix("/app/sub/")}) == 0);
  CHECK(covering_last({prefix("/"), prefix("/app")}) == 0);
  CHECK(covering_last({prefix("/other"), prefix("/"), prefix("/app")}) == 1);
}

TEST_CASE("a prefix does not cover its neighbours, nor what is above it", "[routing]") {
  CHECK(covering_last({prefix("/app"), prefix("/apple")}) == nobody);
  CHECK(covering_last({prefix("/app/"), prefix("/app")}) == nobody);
  CHECK(covering_last({prefix("/app/sub"), prefix("/app")}) == nobody);
  CHECK(covering_last({prefix("/app")}) == nobody);
}

TEST_CASE("a rule behind does not cover one before it", "[routing]") {
  const std::vector<CoverageRule> rules = {prefix("/app"), prefix("/")};
  CHECK(covering_rule(rules, 0) == nobody);
}

TEST_CASE("a regex that every path matches covers all", "[routing]") {
  CHECK(covering_last({regex("^/(.*)$"), prefix("/app")}) == 0);
  CHECK(covering_last({regex(".*"), regex("^/app")}) == 0);
  CHECK(covering_last({regex("^/(.*)\\.php$"), prefix("/app")}) == nobody);
}

TEST_CASE("a regex covers its own repetition", "[routing]") {
  CHECK(covering_last({regex("^/a(.*)$"), regex("^/a(.*)$")}) == 0);
  CHECK(covering_last({regex("^/a(.*)$"), regex("^/a(.+)$")}) == nobody);
}

TEST_CASE("a prefix covers a regex whose beginning lies below it", "[routing]") {
  CHECK(covering_last({prefix("/app"), regex("^/app/(.*)$")}) == 0);
  CHECK(covering_last({prefix("/app"), regex("^/app/x?y")}) == 0);
  CHECK(covering_last({prefix("/"), regex("\\.gif$")}) == 0);
  CHECK(covering_last({prefix("/app"), regex("^/app")}) == nobody);        // /apple
  CHECK(covering_last({prefix("/app"), regex("^/app/?(.*)")}) == nobody);  // /apple
  CHECK(covering_last({prefix("/app"), regex("/app/(.*)$")}) == nobody);   // /x/app/
  CHECK(covering_last({prefix("/app"), regex("^/app/x|^/b")}) == nobody);
}

TEST_CASE("what depends on the request covers nothing", "[routing]") {
  CHECK(covering_last({conditional(prefix("/")), prefix("/app")}) == nobody);
  CHECK(covering_last({prefix("/app"), conditional(prefix("/app/sub"))}) == nobody);
  CHECK(covering_last({prefix("/"), conditional(prefix("/app"))}) == 0);
}

TEST_CASE("rules for the path as it was sent cover each other, and all others only where they catch everything",
          "[routing]") {
  CHECK(covering_last({encoded(prefix("/app")), encoded(prefix("/app/sub"))}) == 0);
  CHECK(covering_last({encoded(prefix("/app")), prefix("/app/sub")}) == nobody);
  CHECK(covering_last({encoded(prefix("/")), prefix("/app")}) == 0);
}

TEST_CASE("servlet paths cover servlet paths only", "[routing]") {
  CHECK(covering_last({servlet("/app"), servlet("/app/sub")}) == 0);
  CHECK(covering_last({servlet("/"), prefix("/app")}) == nobody);
  CHECK(covering_last({encoded(prefix("/app")), servlet("/app/sub")}) == nobody);
  CHECK(covering_last({encoded(prefix("/")), servlet("/app")}) == 0);
}

TEST_CASE("a prefix without a slash at its beginning catches nothing", "[routing]") {
  CHECK(catches_nothing(prefix("app")));
  CHECK(catches_nothing(prefix("")));
  CHECK_FALSE(catches_nothing(prefix("/app")));
  CHECK_FALSE(catches_nothing(regex("app")));
  CHECK_FALSE(catches_nothing(conditional(prefix("${x}"))));
  CHECK(covering_last({prefix(""), prefix("/app")}) == nobody);
}

}  // namespace
}  // namespace cxxproxy::routing
