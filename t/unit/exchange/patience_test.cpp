#include "exchange/patience.hpp"

#include "catch.hpp"

namespace cxxproxy::exchange {
namespace {

using namespace std::chrono_literals;

const engine::TimePoint start{1h};
const engine::Wait answer{.backend = {5, true, false}, .client = {}, .deadline = {}};
const engine::Wait body{.backend = {5, true, false}, .client = {-1, true, false}, .deadline = {}};

TEST_CASE("the deadline of a wait is its span away", "[exchange]") {
  Patience patience;
  CHECK(patience.deadline(answer, 10s, 0, start) == start + 10s);
}

TEST_CASE("a wait that goes on keeps its deadline", "[exchange]") {
  Patience patience;
  patience.deadline(answer, 10s, 7, start);
  CHECK(patience.deadline(answer, 10s, 7, start + 1s) == start + 10s);
  CHECK(patience.deadline(answer, 10s, 7, start + 20s) == start + 10s);
  CHECK_FALSE(patience.moved_since(7));
}

TEST_CASE("bytes that have moved set the deadline anew", "[exchange]") {
  Patience patience;
  patience.deadline(answer, 10s, 7, start);
  CHECK(patience.moved_since(8));
  CHECK(patience.deadline(answer, 10s, 8, start + 1s) == start + 11s);
}

TEST_CASE("waiting for something else sets the deadline anew", "[exchange]") {
  Patience patience;
  patience.deadline(answer, 10s, 7, start);
  SECTION("another wish") { CHECK(patience.deadline(body, 10s, 7, start + 1s) == start + 11s); }
  SECTION("another span") { CHECK(patience.deadline(answer, 5s, 7, start + 1s) == start + 6s); }
  SECTION("another attempt that looks the same") {
    patience.start_anew();
    CHECK(patience.deadline(answer, 10s, 7, start + 1s) == start + 11s);
  }
}

TEST_CASE("patience without end has no deadline", "[exchange]") {
  Patience patience;
  CHECK(patience.deadline(answer, engine::Duration::max(), 0, start) == engine::never);
}

}  // namespace
}  // namespace cxxproxy::exchange
