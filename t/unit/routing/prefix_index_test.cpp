#include "routing/prefix_index.hpp"

#include "catch.hpp"

#include <random>

namespace cxxproxy::routing {
namespace {

using Texts = std::vector<std::string_view>;

// Those that `text` begins with, longest first, with commas between them.
std::string found(const PrefixIndex& index, std::string_view text) {
  std::string all;
  for (const PrefixIndex::Entry* entry = index.longest(text); entry; entry = index.shorter(*entry)) {
    all += (all.empty() ? "" : ",") + entry->text;
  }
  return all;
}

std::string random_text(std::mt19937& dice, std::size_t most) {
  std::string text(dice() % (most + 1), ' ');
  for (char& c : text) c = "ab\xff"[dice() % 3];
  return text;
}

}  // namespace

TEST_CASE("the texts that another begins with are found longest first", "[routing][prefix_index]") {
  const PrefixIndex index(Texts{"b", "a", "abx", "ab", "abxy", "c"});
  CHECK(found(index, "abz") == "ab,a");
  CHECK(found(index, "abxyz") == "abxy,abx,ab,a");
  CHECK(found(index, "abx") == "abx,ab,a");
  CHECK(found(index, "c") == "c");
  CHECK(found(index, "d") == "");
  CHECK(found(index, "B") == "");
  CHECK(found(index, "") == "");
}

TEST_CASE("of equal texts the first given is kept, and an empty one never", "[routing][prefix_index]") {
  const PrefixIndex index(Texts{"", "a", "b", "a"});
  CHECK(index.longest("a")->position == 1);
  CHECK(index.longest("b")->position == 2);
  CHECK(index.longest("") == nullptr);
  CHECK(index.longest_size() == 1);
}

TEST_CASE("an index of nothing finds nothing", "[routing][prefix_index]") {
  const PrefixIndex index(Texts{});
  CHECK(index.longest("a") == nullptr);
  CHECK_FALSE(index.any_goes_on(""));
  CHECK(index.longest_size() == 0);
}

TEST_CASE("whether any text goes on where another ends", "[routing][prefix_index]") {
  const PrefixIndex index(Texts{"ab", "abc", "b"});
  CHECK(index.any_goes_on("a"));
  CHECK(index.any_goes_on("ab"));
  CHECK_FALSE(index.any_goes_on("abc"));
  CHECK_FALSE(index.any_goes_on("b"));
  CHECK_FALSE(index.any_goes_on("aa"));
  CHECK_FALSE(index.any_goes_on("c"));
}

TEST_CASE("the index finds what a look at each text finds", "[routing][prefix_index]") {
  std::mt19937 dice(1);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::string> texts(dice() % 12);
    for (std::string& text : texts) text = random_text(dice, 5);
    const PrefixIndex index(Texts(texts.begin(), texts.end()));
    const std::string text = random_text(dice, 6);

    std::string expected;
    for (std::size_t size = text.size(); size > 0; --size) {
      const bool given = std::find(texts.begin(), texts.end(), text.substr(0, size)) != texts.end();
      if (given) expected += (expected.empty() ? "" : ",") + text.substr(0, size);
    }
    const bool goes_on = std::any_of(texts.begin(), texts.end(), [&](const std::string& other) {
      return other.size() > text.size() && other.starts_with(text);
    });
    INFO(text);
    CHECK(found(index, text) == expected);
    CHECK(index.any_goes_on(text) == goes_on);
  }
}

}  // namespace cxxproxy::routing
