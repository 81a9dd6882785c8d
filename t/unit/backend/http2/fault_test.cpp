#include "backend/http2/fault.hpp"

#include <set>
#include <string>

#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

TEST_CASE("each fault of HTTP/2 has words of its own", "[backend][http2]") {
  std::set<std::string_view> words;
  for (int i = 0; i <= static_cast<int>(Http2Fault::Ended); ++i) {
    const std::string_view words_of_it = word(static_cast<Http2Fault>(i));
    CHECK_FALSE(words_of_it.empty());
    CHECK(words.insert(words_of_it).second);
  }
}

}  // namespace
}  // namespace cxxproxy::backend
