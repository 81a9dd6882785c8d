// Watches that come and go in the very round whose events are being told.
#include <sys/eventfd.h>

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "catch.hpp"
#include "engine/reactor.hpp"
#include "engine/watched_pair.hpp"

namespace cxxproxy::engine {
namespace {

using namespace test;

TEST_CASE("a watch destroyed by another's watcher in the same round is not called", "[engine]") {
  Reactor reactor;
  const Pair left;
  const Pair right;
  Watch left_watch;
  Watch right_watch;
  Listener left_listener([&] { right_watch.reset(); });
  Listener right_listener([&] { left_watch.reset(); });
  left_watch = reactor.watch(left.near.get(), &left_listener);
  right_watch = reactor.watch(right.near.get(), &right_listener);
  play(reactor, {[&] { CHECK(left_listener.calls + right_listener.calls == 1); },
                 [&] {
                   left.say("x");
                   right.say("x");
                 },
                 [&] { CHECK(left_listener.calls + right_listener.calls == 2); }});
  CHECK(reactor.watched() == 1);
}

TEST_CASE("a watch made in place of another does not hear of the former's events", "[engine]") {
  Reactor reactor;
  const std::array<Pair, 2> pairs;
  const Descriptor silent(::eventfd(~0U - 1, EFD_NONBLOCK | EFD_CLOEXEC));
  std::array<Watch, 2> watches;
  Listener newcomer;
  Watch latest;
  const auto replace = [&](std::size_t other) {
    if (latest) return;
    watches[other].reset();
    latest = reactor.watch(silent.get(), &newcomer);
  };
  std::array<Listener, 2> listeners{Listener([&] { replace(1); }), Listener([&] { replace(0); })};
  for (std::size_t i = 0; i < pairs.size(); ++i) watches[i] = reactor.watch(pairs[i].near.get(), &listeners[i]);
  play(reactor, {[&] {
                   CHECK(listeners[0].calls + listeners[1].calls == 1);
                   CHECK(newcomer.calls == 0);
                   CHECK(latest.seen() == Readiness{});
                 },
                 [&] {
                   CHECK(newcomer.calls == 1);
                   CHECK(listeners[0].calls + listeners[1].calls == 1);
                 }});
}

TEST_CASE("a watcher may destroy its own watch and itself", "[engine]") {
  Reactor reactor;
  const Pair pair;
  Watch watch;
  std::unique_ptr<Listener> listener;
  int calls = 0;
  listener = std::make_unique<Listener>([&] {
    ++calls;
    watch.reset();
    listener.reset();
  });
  watch = reactor.watch(pair.near.get(), listener.get());
  play(reactor, {[&] { pair.say("x"); }, [&] { CHECK(calls == 1); }});
  CHECK_FALSE(listener);
  CHECK(reactor.watched() == 0);
}

TEST_CASE("hundreds of watches made inside a watcher are all called", "[engine]") {
  constexpr std::size_t many = 400;
  Reactor reactor;
  const Pair pair;
  const Pair beside;
  std::vector<Descriptor> copies;
  std::vector<Watch> watches;
  Listener all;
  Listener maker([&] {
    while (watches.size() < many) {
      copies.push_back(pair.near.copy());
      watches.push_back(reactor.watch(copies.back().get(), &all));
    }
  });
  const Watch first = reactor.watch(pair.near.get(), &maker);
  const Watch second = reactor.watch(beside.near.get(), &maker);
  play(reactor, {[&] { CHECK(watches.size() == many); }, [] {}, [] {},
                 [&] {
                   CHECK(all.calls == int{many});
                   CHECK(reactor.watched() == many + 2);
                   pair.say("x");
                 },
                 [] {}, [] {}, [&] { CHECK(all.calls == 2 * int{many}); }});
  watches.clear();
  CHECK(reactor.watched() == 2);
}

}  // namespace
}  // namespace cxxproxy::engine
