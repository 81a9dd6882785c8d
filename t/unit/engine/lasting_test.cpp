#include "engine/lasting.hpp"

#include "catch.hpp"

namespace cxxproxy::engine {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint begin{1h};

TEST_CASE("what is not so never lasts", "[engine]") {
  Lasting watch;
  CHECK_FALSE(watch.look(false, 5s, begin));
  CHECK_FALSE(watch.look(false, 5s, begin + 1h));
  CHECK(watch.next_look(10s, 5s, begin + 1h) == begin + 1h + 10s);
}

TEST_CASE("it lasts from the first look that finds it so", "[engine]") {
  Lasting watch;
  CHECK_FALSE(watch.look(false, 5s, begin));
  CHECK_FALSE(watch.look(true, 5s, begin + 60s));
  CHECK_FALSE(watch.look(true, 5s, begin + 65s - 1us));
  CHECK(watch.look(true, 5s, begin + 65s));
  CHECK(watch.look(true, 5s, begin + 600s));
}

TEST_CASE("what has been otherwise begins anew", "[engine]") {
  Lasting watch;
  CHECK_FALSE(watch.look(true, 5s, begin));
  CHECK_FALSE(watch.look(false, 5s, begin + 4s));
  CHECK_FALSE(watch.look(true, 5s, begin + 8s));
  CHECK_FALSE(watch.look(true, 5s, begin + 12s));
  CHECK(watch.look(true, 5s, begin + 13s));
}

TEST_CASE("no time at all is over with the first look", "[engine]") {
  Lasting watch;
  CHECK(watch.look(true, 0s, begin));
}

TEST_CASE("the next look comes in time", "[engine]") {
  Lasting watch;
  CHECK_FALSE(watch.look(true, 5s, begin));
  CHECK(watch.next_look(2s, 5s, begin) == begin + 2s);
  CHECK(watch.next_look(2s, 5s, begin + 4s) == begin + 5s);
  CHECK(watch.next_look(2s, Duration::max(), begin + 4s) == begin + 6s);
}

}  // namespace
}  // namespace cxxproxy::engine
