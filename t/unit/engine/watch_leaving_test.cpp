// Watches that leave, on the reactor's thread and on others, with the descriptor staying open.
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "engine/reactor.hpp"
#include "engine/reactor_thread.hpp"
#include "engine/watched_pair.hpp"
#include "exchange/allocations.hpp"

namespace cxxproxy::engine {
namespace {

using namespace test;

TEST_CASE("a watch that has left hears nothing more, and the descriptor stays as it was", "[engine]") {
  WatchedPair with;
  play(with.reactor, {[&] {
                        CHECK(with.listener.calls == 1);
                        with.watch.leave(with.pair.near.get());
                        CHECK_FALSE(with.watch);
                        CHECK(with.watch.reactor() == nullptr);
                        with.pair.say("x");
                      },
                      [&] { CHECK(with.reactor.watched() == 0); },
                      [&] {
                        CHECK(with.listener.calls == 1);
                        CHECK(with.pair.hear() == "x");
                      }});
}

TEST_CASE("leaving with a watch of nothing is nothing", "[engine]") {
  Reactor reactor;
  const Pair pair;
  const Pair beside;
  Watch none;
  none.leave(pair.near.get());
  none.leave(-1);
  Watch watch = reactor.watch(pair.near.get(), nullptr);
  const Watch other = reactor.watch(beside.near.get(), nullptr);
  Watch moved = std::move(watch);
  watch.leave(pair.near.get());  // NOLINT(bugprone-use-after-move): it is of nothing now
  CHECK(moved);
  moved.leave(pair.near.get());
  moved.leave(pair.near.get());
  moved.reset();
  play(reactor, {[] {}, [&] { CHECK(reactor.watched() == 1); }});
  CHECK(other.seen().writable);
}

TEST_CASE("what has left may be watched anew, here and elsewhere", "[engine]") {
  Reactor former;
  Reactor latter;
  Reactor& next = GENERATE(true, false) ? former : latter;
  const Pair pair;
  Listener before;
  Listener after;
  Watch watch = former.watch(pair.near.get(), &before);
  watch.leave(pair.near.get());
  // Before the place of the former watch is free.
  watch = next.watch(pair.near.get(), &after);
  CHECK(watch.reactor() == &next);
  pair.say("x");
  if (&next != &former) play(former, {[] {}});
  play(next, {[] {},
              [&] {
                CHECK(watch.seen() == Readiness{true, true});
                CHECK(after.calls > 0);
              }});
  CHECK(before.calls == 0);
  CHECK(next.watched() == 1);
  if (&next != &former) CHECK(former.watched() == 0);
}

TEST_CASE("the place of a watch that has left is free for others", "[engine]") {
  if (!exchange::test::counts_allocations()) return;
  constexpr std::size_t many = 64;
  Reactor reactor;
  const Pair pair;
  std::vector<Descriptor> copies;
  for (std::size_t i = 0; i < many; ++i) copies.push_back(pair.near.copy());
  std::vector<Watch> watches(many);
  std::size_t asked = 0;
  const auto watch_all = [&] {
    const std::size_t before = exchange::test::allocations();
    for (std::size_t i = 0; i < many; ++i) watches[i] = reactor.watch(copies[i].get(), nullptr);
    asked = exchange::test::allocations() - before;
  };
  const auto leave_all = [&] {
    for (std::size_t i = 0; i < many; ++i) watches[i].leave(copies[i].get());
  };
  watch_all();
  CHECK(asked > 0);
  Steps steps;
  for (int round = 0; round < 5; ++round) {
    steps.push_back(leave_all);
    steps.push_back([&] {
      CHECK(reactor.watched() == 0);
      watch_all();
      CHECK(asked == 0);
    });
  }
  play(reactor, steps);
  CHECK(reactor.watched() == many);
}

TEST_CASE("a watch in a place that another has left begins anew", "[engine]") {
  WatchedPair with;
  const Pair beside;
  Listener latter;
  play(with.reactor, {[&] { with.watch.leave(with.pair.near.get()); },
                      [&] {
                        with.pair.say("x");
                        with.watch = with.reactor.watch(beside.near.get(), &latter);
                        CHECK(with.watch.seen() == Readiness{});
                        CHECK_FALSE(with.watch.hung_up());
                      },
                      [&] {
                        CHECK(with.watch.seen() == Readiness{false, true});
                        CHECK(latter.calls == 1);
                      }});
  CHECK(with.listener.calls == 1);
}

TEST_CASE("a reactor may end before it has heard that a watch has left", "[engine]") {
  const Pair pair;
  auto reactor = std::make_unique<Reactor>();
  Watch watch = reactor->watch(pair.near.get(), nullptr);
  watch.leave(pair.near.get());
  reactor.reset();
  CHECK_FALSE(watch);
}

TEST_CASE("any thread may make a watch leave", "[engine]") {
  ReactorThread loop;
  const Pair pair;
  Listener listener;
  Watch watch;
  loop.reactor().post([&] { watch = loop.reactor().watch(pair.near.get(), &listener); });
  loop.run([] {});
  watch.leave(pair.near.get());
  CHECK_FALSE(watch);
  loop.run([] {});
  CHECK(loop.reactor().watched() == 0);
  const int calls = listener.calls;
  pair.say("x");
  loop.run([] {});
  loop.run([] {});
  CHECK(listener.calls == calls);
  CHECK(pair.hear() == "x");
}

// The loop is inside one watcher, and the event of another is the next of the same round, when that leaves.
TEST_CASE("a watch leaves while its event is on its way", "[engine]") {
  ReactorThread loop;
  const Pair first;
  const Pair second;
  std::promise<void> inside;
  std::promise<void> gone;
  Listener late;
  Listener holding([&] {
    inside.set_value();
    gone.get_future().wait();
  });
  Watch first_watch;
  Watch second_watch;
  loop.reactor().post([&] {
    first_watch = loop.reactor().watch(first.near.get(), &holding);
    second_watch = loop.reactor().watch(second.near.get(), &late);
  });
  inside.get_future().wait();
  second_watch.leave(second.near.get());
  CHECK_FALSE(second_watch);
  second.say("x");
  CHECK(second.hear() == "x");
  gone.set_value();
  loop.run([] {});
  CHECK(late.calls <= 1);
  CHECK(loop.reactor().watched() == 1);
  second.say("y");
  loop.run([] {});
  loop.run([] {});
  CHECK(late.calls <= 1);
  loop.stop();
}

TEST_CASE("threads make watches leave while their events come", "[engine]") {
  constexpr int rounds = 500;
  std::array<ReactorThread, 2> loops;
  const std::array<Pair, 3> pairs;
  std::array<Listener, 2> listeners;
  {
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < pairs.size(); ++thread) {
      threads.emplace_back([&, thread] {
        const Pair& pair = pairs[thread];
        for (int round = 0; round < rounds; ++round) {
          const std::size_t at = (thread + static_cast<std::size_t>(round)) % loops.size();
          std::promise<Watch> made;
          loops[at].reactor().post([&] { made.set_value(loops[at].reactor().watch(pair.near.get(), &listeners[at])); });
          Watch watch = made.get_future().get();
          static_cast<void>(::send(pair.far.get(), "x", 1, 0));
          watch.leave(pair.near.get());
          static_cast<void>(pair.hear());
        }
      });
    }
  }
  for (ReactorThread& loop : loops) {
    loop.run([] {});
    CHECK(loop.reactor().watched() == 0);
  }
}

}  // namespace
}  // namespace cxxproxy::engine
