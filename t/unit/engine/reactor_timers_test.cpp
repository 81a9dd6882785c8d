// When a reactor lets its timers fire.
#include <string>

#include "catch.hpp"
#include "engine/fake_clock.hpp"
#include "engine/reactor.hpp"
#include "engine/watched_pair.hpp"

namespace cxxproxy::engine {
namespace {

using namespace std::chrono_literals;
using namespace test;

TEST_CASE("timers fire by the reactor's clock, after the round's events", "[engine]") {
  FakeClock clock;
  Reactor reactor(clock);
  const Pair pair;
  std::string heard;
  Alarm alarm([&] { heard += 't'; });
  Listener listener([&] { heard += 'e'; });
  Watch watch = reactor.watch(pair.near.get(), &listener);
  const TimePoint due = clock.now() + 5s;
  reactor.timers().set(alarm, due);
  play(reactor, {[&] { clock.advance(5s - 1us); },
                 [&] {
                   CHECK(alarm.rung == 0);
                   CHECK(reactor.now() == due - 1us);
                   heard.clear();
                   clock.advance(1us);
                   pair.say("x");
                   reactor.post([&] { heard += 'p'; });
                 },
                 [&] {
                   heard += 'd';
                   CHECK(reactor.now() == due);
                 }});
  CHECK(heard == "eptd");
}

TEST_CASE("timers are moved and cancelled by watchers and by each other", "[engine]") {
  FakeClock clock;
  Reactor reactor(clock);
  const Pair pair;
  Alarm moved;
  Alarm cancelled;
  Alarm canceller([&] { reactor.timers().cancel(cancelled); });
  Listener listener([&] { reactor.timers().set(moved, reactor.now() + 10s); });
  Watch watch = reactor.watch(pair.near.get(), &listener);
  const TimePoint begin = clock.now();
  reactor.timers().set(moved, begin + 5s);
  reactor.timers().set(canceller, begin + 5s);
  reactor.timers().set(cancelled, begin + 5s + 1us);
  play(reactor, {[&] { clock.advance(6s); },
                 [&] {
                   CHECK(canceller.rung == 1);
                   CHECK(cancelled.rung == 0);
                   CHECK(moved.rung == 0);
                   clock.advance(4s);
                 },
                 [&] { CHECK(moved.rung == 1); }});
}

TEST_CASE("an idle loop wakes for its next timer, and not early", "[engine]") {
  Reactor reactor;
  Alarm alarm([&] { reactor.stop(); });
  const TimePoint due = steady_clock().now() + 3ms;
  reactor.timers().set(alarm, due);
  reactor.run();
  CHECK(alarm.rung == 1);
  CHECK(steady_clock().now() >= due);
}

}  // namespace
}  // namespace cxxproxy::engine
