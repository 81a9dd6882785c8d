#include "routing/name_index.hpp"

#include "routing/member_name.hpp"

#include "catch.hpp"

#include <random>

namespace cxxproxy::routing {
namespace {

using Names = std::vector<MemberName>;

constexpr int nobody = -1;

int place_or_nobody(std::optional<std::size_t> place) { return place ? static_cast<int>(*place) : nobody; }

int longest(const Names& names, std::string_view url) {
  return place_or_nobody(NameIndex(names).longest(url, authority_length(url)));
}

int for_all(const Names& names, std::string_view start) {
  return place_or_nobody(NameIndex(names).longest_for_all(start, authority_length(start)));
}

int longest_by_trying(const Names& names, std::string_view url) {
  int best = nobody;
  std::size_t size = 0;
  for (std::size_t place = 0; place < names.size(); ++place) {
    const MemberName& name = names[place];
    if (name.text.size() > url.size() || name.text.size() <= size) continue;
    if (name.text.size() < authority_length(url) && !name.varies) continue;
    if (!(name.is_pattern ? matches_pattern(url, name.text) : url.starts_with(name.text))) continue;
    best = static_cast<int>(place);
    size = name.text.size();
  }
  return best;
}

}  // namespace

TEST_CASE("the longest name that begins the URL wins", "[routing][name_index]") {
  const Names names{{"http://h"}, {"http://h/app"}, {"http://h/app/x"}, {"http://g"}};
  CHECK(longest(names, "http://h/app/y") == 1);
  CHECK(longest(names, "http://h/apple") == 1);
  CHECK(longest(names, "http://h/") == 0);
  CHECK(longest(names, "http://g/app") == 3);
  CHECK(longest(names, "http://f/") == nobody);
}

TEST_CASE("a name that ends within the authority belongs to another backend", "[routing][name_index]") {
  CHECK(longest({{"http://h"}}, "http://h:8080/") == nobody);
  CHECK(longest({{"http://h"}}, "http://host/") == nobody);
  CHECK(longest({{"http://h"}, {"http://h:8080"}}, "http://h:8080/") == 1);
}

TEST_CASE("of names of one length the first wins", "[routing][name_index]") {
  CHECK(longest({{"http://h/a"}, {"http://h/a"}}, "http://h/a") == 0);
  CHECK(longest({{"http://h/a", true}, {"http://h/a"}}, "http://h/a") == 0);
  CHECK(longest({{"http://h/a"}, {"http://h/a", true}}, "http://h/a") == 0);
  CHECK(longest({{"http://h/$1", true}, {"http://h/ab"}}, "http://h/abc") == 0);
  CHECK(longest({{"http://h/ab"}, {"http://h/$1", true}}, "http://h/abc") == 0);
}

TEST_CASE("a pattern may be shorter than the authority only where it leaves that open", "[routing][name_index]") {
  CHECK(longest({{"http://$1/", true, true}}, "http://long.example/x") == 0);
  CHECK(longest({{"http://$1/", true, false}}, "http://long.example/x") == nobody);
}

TEST_CASE("what holds for every URL that begins so", "[routing][name_index]") {
  const Names names{{"http://h/"}, {"http://h/app"}, {"http://h/app/x"}, {"http://g/"}};
  CHECK(for_all(names, "http://g/") == 3);
  CHECK(for_all(names, "http://g/anything") == 3);
  CHECK(for_all(names, "http://h/app/xy") == 2);
  CHECK(for_all(names, "http://h/b") == 0);
  CHECK(for_all(names, "http://h/") == nobody);      // /app would be another's
  CHECK(for_all(names, "http://h/app/") == nobody);  // /app/x, too
  CHECK(for_all(names, "http://g") == nobody);       // its authority may go on
  CHECK(for_all({{"http://g/"}, {"http://$1/", true, true}}, "http://g/") == nobody);
}

TEST_CASE("the index finds what trying one name after the other finds", "[routing][name_index]") {
  std::mt19937 dice(1);
  const auto random_url = [&](const char* alphabet, std::size_t letters) {
    std::string url = "s://";
    for (std::size_t left = 1 + dice() % 5; left > 0; --left) url += alphabet[dice() % letters];
    return url;
  };
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::string> texts(dice() % 8);
    for (std::string& text : texts) text = random_url("ab/$1", dice() % 2 ? 3 : 5);
    Names names;
    for (const std::string& text : texts) {
      const bool is_pattern = text.find('$') != std::string::npos;
      names.push_back({text, is_pattern, is_pattern && dice() % 2});
    }
    const std::string url = random_url("ab/", 3);
    INFO(url);
    CHECK(longest(names, url) == longest_by_trying(names, url));
    // What is said of all holds for this one.
    const int all = for_all(names, url);
    const std::string longer = url + "a/b";
    if (all != nobody) CHECK(longest_by_trying(names, longer) == all);
  }
}

}  // namespace cxxproxy::routing
