#include "wire/fault.hpp"

#include <set>

#include "catch.hpp"

using namespace cxxproxy::wire;

TEST_CASE("every fault has a word of its own", "[wire]") {
  std::set<std::string_view> words;
  for (int i = 0; i <= static_cast<int>(Fault::ChunkExtensionsTooLong); ++i) {
    CHECK_FALSE(word(static_cast<Fault>(i)).empty());
    CHECK(words.insert(word(static_cast<Fault>(i))).second);
  }
}
