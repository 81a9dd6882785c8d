#include "engine/reactor.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"
#include "engine/reactor_thread.hpp"
#include "engine/signal_rain.hpp"
#include "engine/watched_pair.hpp"

namespace cxxproxy::engine {
namespace {

using namespace std::chrono_literals;
using namespace test;

TEST_CASE("the loop's thread knows its reactor", "[engine]") {
  Reactor reactor;
  CHECK(Reactor::current() == nullptr);
  play(reactor, {[&] { CHECK(Reactor::current() == &reactor); }});
  CHECK(Reactor::current() == nullptr);
}

TEST_CASE("the scratch memory has the size that was asked for", "[engine]") {
  Reactor reactor(steady_clock(), 1000);
  CHECK(reactor.buffer().size() == 1000);
}

TEST_CASE("what is posted runs in order, on the reactor's thread", "[engine]") {
  constexpr int many = 1000;
  ReactorThread loop;
  std::vector<int> order;
  int strangers = 0;
  for (int i = 0; i < many; ++i) {
    loop.reactor().post([&, i] {
      order.push_back(i);
      if (std::this_thread::get_id() != loop.id()) ++strangers;
    });
  }
  loop.run([] {});
  CHECK(order.size() == many);
  CHECK(std::is_sorted(order.begin(), order.end()));
  CHECK(strangers == 0);
}

TEST_CASE("many threads post at once and nothing is lost or overtaken", "[engine]") {
  constexpr int threads = 8;
  constexpr int each = 2000;
  ReactorThread loop;
  std::array<int, threads> last{};
  int overtaken = 0;
  {
    std::vector<std::jthread> posters;
    for (int thread = 0; thread < threads; ++thread) {
      posters.emplace_back([&, thread] {
        for (int i = 1; i <= each; ++i) {
          loop.reactor().post([&, thread, i] {
            if (last[thread] != i - 1) ++overtaken;
            last[thread] = i;
          });
        }
      });
    }
  }
  loop.run([] {});
  CHECK(overtaken == 0);
  for (const int seen : last) CHECK(seen == each);
}

TEST_CASE("a task may post, and lets others in between", "[engine]") {
  ReactorThread loop;
  std::promise<void> done;
  std::string heard;
  loop.reactor().post([&] {
    heard += 'a';
    loop.reactor().post([&] {
      heard += 'c';
      done.set_value();
    });
    heard += 'b';
  });
  done.get_future().wait();
  CHECK(heard == "abc");
}

TEST_CASE("a loop that waits for nothing is stopped from another thread", "[engine]") {
  ReactorThread loop;
  loop.run([] {});
  loop.stop();
  bool ran = false;
  loop.reactor().post([&] { ran = true; });
  CHECK_FALSE(ran);
}

TEST_CASE("a loop stopped before it began ends at once", "[engine]") {
  Reactor reactor;
  bool ran = false;
  reactor.post([&] { ran = true; });
  reactor.stop();
  reactor.run();
  CHECK_FALSE(ran);
}

TEST_CASE("tasks that never run let go of what they hold", "[engine]") {
  const Pair pair;
  auto reactor = std::make_unique<Reactor>();
  const auto watch = std::make_shared<Watch>(reactor->watch(pair.near.get(), nullptr));
  const std::weak_ptr<Watch> left = watch;
  reactor->post([held = watch] {});
  reactor->defer([held = watch] {});
  CHECK(left.use_count() == 3);
  watch->reset();
  reactor.reset();
  CHECK(left.use_count() == 1);
}

TEST_CASE("long work that defers itself lets events in between", "[engine]") {
  Reactor reactor;
  const Pair pair;
  bool heard = false;
  int turns = 0;
  Watch watch;
  Listener listener([&] { heard = watch.seen().readable; });
  watch = reactor.watch(pair.near.get(), &listener);
  std::function<void()> work = [&] {
    if (heard) return reactor.stop();
    if (++turns == 5) pair.say("x");
    if (turns < 1000) reactor.defer(work);
  };
  reactor.defer(work);
  reactor.run();
  CHECK(turns == 5);
}

TEST_CASE("what is deferred in a round runs in that round, in order", "[engine]") {
  Reactor reactor;
  const Pair pair;
  std::string heard;
  Listener listener([&] {
    reactor.defer([&] { heard += 'b'; });
    reactor.defer([&] { heard += 'c'; });
    heard += 'a';
  });
  const Watch watch = reactor.watch(pair.near.get(), &listener);
  reactor.post([&] {
    heard += 'p';
    reactor.stop();
  });
  reactor.run();
  CHECK(heard == "apbc");
}

volatile sig_atomic_t signals_seen = 0;
void on_alarm(int) { signals_seen = signals_seen + 1; }

TEST_CASE("signals do not end a loop", "[engine]") {
  signals_seen = 0;
  Reactor reactor;
  Alarm alarm([&] { reactor.stop(); });
  {
    const SignalRain rain(on_alarm);
    reactor.timers().set(alarm, steady_clock().now() + 20ms);
    reactor.run();
  }
  CHECK(alarm.rung == 1);
  CHECK(signals_seen > 0);
}

}  // namespace
}  // namespace cxxproxy::engine
