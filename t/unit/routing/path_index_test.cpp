#include "routing/path_index.hpp"

#include "routing/path_match.hpp"

#include "catch.hpp"

#include <random>

namespace cxxproxy::routing {
namespace {

using Prefixes = std::vector<std::string_view>;

constexpr int nobody = -1;

int first(const Prefixes& prefixes, std::string_view path) {
  const std::optional<std::size_t> place = PathIndex(prefixes).first_match(path);
  return place ? static_cast<int>(*place) : nobody;
}

int first_by_trying(const Prefixes& prefixes, std::string_view path) {
  for (std::size_t place = 0; place < prefixes.size(); ++place) {
    if (match_prefix(path, prefixes[place])) return static_cast<int>(place);
  }
  return nobody;
}

std::string random_path(std::mt19937& dice, std::size_t most) {
  std::string path(dice() % (most + 1), ' ');
  for (char& c : path) c = "//ab"[dice() % 4];
  return path;
}

}  // namespace

TEST_CASE("of the prefixes that match, the first of the configuration is found", "[routing][path_index]") {
  const Prefixes prefixes{"/app/static", "/app", "/", "/app/other"};
  CHECK(first(prefixes, "/app/static/x") == 0);
  CHECK(first(prefixes, "/app/other") == 1);
  CHECK(first(prefixes, "/apple") == 2);
  CHECK(first(prefixes, "/") == 2);
  CHECK(first({"/app/", "/x"}, "/app") == nobody);
  CHECK(first({"/app/", "/app"}, "/app") == 1);
  CHECK(first({}, "/app") == nobody);
}

TEST_CASE("rows of slashes count as one, in prefixes and in paths", "[routing][path_index]") {
  CHECK(first({"/a//b"}, "/a/b/c") == 0);
  CHECK(first({"/a/b"}, "//a///b//c") == 0);
  CHECK(first({"/a//"}, "/a/") == 0);
  CHECK(first({"/a/"}, "/a//") == 0);
  CHECK(first({"//"}, "/x") == 0);
}

TEST_CASE("an empty prefix catches nothing", "[routing][path_index]") {
  CHECK(first({"", "/"}, "/x") == 1);
  CHECK(first({""}, "") == nobody);
}

TEST_CASE("the index finds what trying one prefix after the other finds", "[routing][path_index]") {
  std::mt19937 dice(1);
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::string> texts(dice() % 8);
    for (std::string& text : texts) text = random_path(dice, 6);
    const Prefixes prefixes(texts.begin(), texts.end());
    const std::string path = random_path(dice, 10);
    INFO(path);
    CHECK(first(prefixes, path) == first_by_trying(prefixes, path));
  }
}

}  // namespace cxxproxy::routing
