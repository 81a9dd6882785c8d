#include "engine/reactor.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "engine/counted_calls.hpp"
#include "engine/fake_clock.hpp"
#include "engine/reactor_thread.hpp"
#include "engine/signal_rain.hpp"
#include "exchange/allocations.hpp"

namespace cxxproxy::engine {
namespace {

using namespace std::chrono_literals;
using test::Alarm;
using test::Listener;
using test::ReactorThread;
using test::SignalRain;

constexpr Interest read_wish{-1, true, false};
constexpr Interest write_wish{-1, false, true};
constexpr Interest both_wishes{-1, true, true};

// Closes what it holds.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) { REQUIRE(fd >= 0); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { close(); }

  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

using Ends = std::array<int, 2>;

Ends two_ends() {
  Ends ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
  return ends;
}

// Two connected sockets: `near` is watched, the test plays the peer with `far`.
struct Pair {
  explicit Pair(Ends ends = two_ends()) : near(ends[0]), far(ends[1]) {}

  void say(std::string_view text) const {
    CHECK(::send(far.get(), text.data(), text.size(), 0) == ssize_t(text.size()));
  }
  std::string hear() const {
    std::array<char, 64> buffer{};
    const ssize_t size = ::read(near.get(), buffer.data(), buffer.size());
    return {buffer.data(), static_cast<std::size_t>(size < 0 ? 0 : size)};
  }
  void fill_up() const {
    const std::vector<char> block(4096);
    while (::write(near.get(), block.data(), block.size()) > 0) continue;
  }

  Descriptor near;
  Descriptor far;
};

using Steps = std::vector<std::function<void()>>;

// Runs the loop with one step at the end of each round, and ends it after the last: what a step causes is seen by the
// next.
void play(Reactor& reactor, const Steps& steps) {
  std::size_t at = 0;
  std::function<void()> turn = [&] {
    if (at == steps.size()) return reactor.stop();
    steps[at++]();
    reactor.defer(turn);
  };
  reactor.defer(turn);
  reactor.run();
  CHECK(at == steps.size());
}

TEST_CASE("a byte calls the watcher", "[engine]") {
  Reactor reactor;
  const Pair pair;
  Listener listener;
  Watch watch = reactor.watch(pair.near.get(), &listener);
  play(reactor, {[&] {
                   CHECK(listener.calls == 1);
                   CHECK(watch.seen() == Readiness{false, true});
                   pair.say("x");
                 },
                 [&] {
                   CHECK(listener.calls == 2);
                   CHECK(watch.seen() == Readiness{true, true});
                 },
                 [&] { CHECK(listener.calls == 2); }});
}

TEST_CASE("what was seen is remembered until it is taken", "[engine]") {
  Reactor reactor;
  const Pair pair;
  pair.say("x");
  Watch watch = reactor.watch(pair.near.get(), nullptr);
  play(reactor, {[&] {
                   CHECK(watch.seen() == Readiness{true, true});
                 },
                 [&] {
                   CHECK(watch.take({}) == Readiness{});
                   CHECK(watch.take(read_wish) == Readiness{true, false});
                   CHECK(watch.seen() == Readiness{false, true});
                   CHECK(watch.take(both_wishes) == Readiness{false, true});
                   CHECK(watch.take(both_wishes) == Readiness{});
                 },
                 [&] {
                   CHECK(watch.take(both_wishes) == Readiness{});
                   pair.say("y");
                 },
                 [&] {
                   CHECK(watch.take(read_wish) == Readiness{true, false});
                 }});
}

TEST_CASE("a socket that was full is writable again once the peer has read", "[engine]") {
  Reactor reactor;
  const Pair pair;
  pair.fill_up();
  Listener listener;
  Watch watch = reactor.watch(pair.near.get(), &listener);
  play(reactor, {[&] {
                   CHECK(watch.seen() == Readiness{});
                   std::array<char, 65536> buffer{};
                   while (::read(pair.far.get(), buffer.data(), buffer.size()) > 0) continue;
                 },
                 [&] {
                   CHECK(watch.take(write_wish) == Readiness{false, true});
                   CHECK(listener.calls > 0);
                 }});
}

TEST_CASE("without a watcher it is remembered, and the next one is called for news only", "[engine]") {
  Reactor reactor;
  const Pair pair;
  Listener first;
  Listener second;
  Watch watch = reactor.watch(pair.near.get(), &first);
  play(reactor, {[&] {
                   watch.set_watcher(nullptr);
                   pair.say("x");
                 },
                 [&] {
                   CHECK(first.calls == 1);
                   CHECK(watch.seen().readable);
                   watch.set_watcher(&second);
                 },
                 [&] {
                   CHECK(second.calls == 0);
                   pair.say("y");
                 },
                 [&] { CHECK(second.calls == 1); }});
  CHECK(first.calls == 1);
}

TEST_CASE("a peer that has closed its sending side leaves it readable for ever", "[engine]") {
  Reactor reactor;
  const Pair pair;
  Watch watch = reactor.watch(pair.near.get(), nullptr);
  play(reactor, {[&] {
                   CHECK_FALSE(watch.hung_up());
                   ::shutdown(pair.far.get(), SHUT_WR);
                 },
                 [&] {
                   CHECK(watch.hung_up());
                   CHECK(watch.take(both_wishes) == Readiness{true, true});
                   CHECK(watch.take(both_wishes) == Readiness{true, false});
                   CHECK(watch.take(read_wish) == Readiness{true, false});
                 }});
}

TEST_CASE("a peer that is gone leaves it readable and writable for ever", "[engine]") {
  Reactor reactor;
  Pair pair;
  Watch watch = reactor.watch(pair.near.get(), nullptr);
  play(reactor, {[&] {
                   watch.take(both_wishes);
                   pair.far.close();
                 },
                 [&] {
                   CHECK(watch.hung_up());
                   CHECK(watch.take(both_wishes) == Readiness{true, true});
                   CHECK(watch.take(both_wishes) == Readiness{true, true});
                 }});
}

TEST_CASE("a socket whose connect() has begun is not taken for hung up", "[engine]") {
  const Descriptor server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(server.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(server.get(), 1) == 0);
  REQUIRE(::getsockname(server.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  const Descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  static_cast<void>(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), size));

  Reactor reactor;
  Watch watch;
  Listener listener([&] {
    if (watch.seen().writable) reactor.stop();
  });
  watch = reactor.watch(client.get(), &listener);
  reactor.run();
  CHECK(watch.seen() == Readiness{false, true});
  CHECK_FALSE(watch.hung_up());
}

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
      copies.emplace_back(::fcntl(pair.near.get(), F_DUPFD_CLOEXEC, 0));
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

TEST_CASE("a watch is moved, and its watcher with it", "[engine]") {
  Reactor reactor;
  const Pair pair;
  const Pair other;
  Listener listener;
  Watch watch = reactor.watch(pair.near.get(), &listener);
  Watch moved = std::move(watch);
  Watch target = reactor.watch(other.near.get(), nullptr);
  CHECK(reactor.watched() == 2);
  target = std::move(moved);
  CHECK(reactor.watched() == 1);
  CHECK(target.reactor() == &reactor);
  play(reactor, {[&] {
         CHECK(listener.calls == 1);
         CHECK(target.seen().writable);
       }});
  target.reset();
  CHECK_FALSE(target);
  CHECK(reactor.watched() == 0);
}

TEST_CASE("a descriptor that stayed open can be watched anew", "[engine]") {
  Reactor reactor;
  const Pair pair;
  Listener former;
  Listener latter;
  Watch watch = reactor.watch(pair.near.get(), &former);
  play(reactor, {[&] {
                   watch.reset();
                   pair.say("x");
                 },
                 [&] { watch = reactor.watch(pair.near.get(), &latter); },
                 [&] {
                   CHECK(watch.seen() == Readiness{true, true});
                 }});
  CHECK(former.calls == 1);
  CHECK(latter.calls == 1);
}

// --- leaving ---

TEST_CASE("a watch that has left hears nothing more, and the descriptor stays as it was", "[engine]") {
  Reactor reactor;
  const Pair pair;
  Listener listener;
  Watch watch = reactor.watch(pair.near.get(), &listener);
  play(reactor, {[&] {
                   CHECK(listener.calls == 1);
                   watch.leave(pair.near.get());
                   CHECK_FALSE(watch);
                   CHECK(watch.reactor() == nullptr);
                   pair.say("x");
                 },
                 [&] { CHECK(reactor.watched() == 0); },
                 [&] {
                   CHECK(listener.calls == 1);
                   CHECK(pair.hear() == "x");
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
  for (std::size_t i = 0; i < many; ++i) copies.emplace_back(::fcntl(pair.near.get(), F_DUPFD_CLOEXEC, 0));
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
  Reactor reactor;
  const Pair pair;
  const Pair beside;
  Listener former;
  Listener latter;
  Watch watch = reactor.watch(pair.near.get(), &former);
  play(reactor, {[&] { watch.leave(pair.near.get()); },
                 [&] {
                   pair.say("x");
                   watch = reactor.watch(beside.near.get(), &latter);
                   CHECK(watch.seen() == Readiness{});
                   CHECK_FALSE(watch.hung_up());
                 },
                 [&] {
                   CHECK(watch.seen() == Readiness{false, true});
                   CHECK(latter.calls == 1);
                 }});
  CHECK(former.calls == 1);
}

TEST_CASE("a reactor may end before it has heard that a watch has left", "[engine]") {
  const Pair pair;
  auto reactor = std::make_unique<Reactor>();
  Watch watch = reactor->watch(pair.near.get(), nullptr);
  watch.leave(pair.near.get());
  reactor.reset();
  CHECK_FALSE(watch);
}

TEST_CASE("what cannot be watched is refused and costs no place", "[engine]") {
  Reactor reactor;
  const Descriptor file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  CHECK_THROWS_AS(reactor.watch(file.get(), nullptr), std::system_error);
  CHECK_THROWS_AS(reactor.watch(-1, nullptr), std::system_error);
  CHECK(reactor.watched() == 0);
}

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
