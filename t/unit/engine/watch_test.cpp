// What is remembered of a watched descriptor, and who hears of it.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <system_error>
#include <utility>

#include "catch.hpp"
#include "engine/reactor.hpp"
#include "engine/watched_pair.hpp"

namespace cxxproxy::engine {
namespace {

using namespace test;

TEST_CASE("a byte calls the watcher", "[engine]") {
  WatchedPair with;
  play(with.reactor, {[&] {
                        CHECK(with.listener.calls == 1);
                        CHECK(with.watch.seen() == Readiness{false, true});
                        with.pair.say("x");
                      },
                      [&] {
                        CHECK(with.listener.calls == 2);
                        CHECK(with.watch.seen() == Readiness{true, true});
                      },
                      [&] { CHECK(with.listener.calls == 2); }});
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
  WatchedPair with;
  Listener second;
  play(with.reactor, {[&] {
                        with.watch.set_watcher(nullptr);
                        with.pair.say("x");
                      },
                      [&] {
                        CHECK(with.listener.calls == 1);
                        CHECK(with.watch.seen().readable);
                        with.watch.set_watcher(&second);
                      },
                      [&] {
                        CHECK(second.calls == 0);
                        with.pair.say("y");
                      },
                      [&] { CHECK(second.calls == 1); }});
  CHECK(with.listener.calls == 1);
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
  WatchedPair with;
  Listener latter;
  play(with.reactor, {[&] {
                        with.watch.reset();
                        with.pair.say("x");
                      },
                      [&] { with.watch = with.reactor.watch(with.pair.near.get(), &latter); },
                      [&] {
                        CHECK(with.watch.seen() == Readiness{true, true});
                      }});
  CHECK(with.listener.calls == 1);
  CHECK(latter.calls == 1);
}

TEST_CASE("what cannot be watched is refused and costs no place", "[engine]") {
  Reactor reactor;
  const Descriptor file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  CHECK_THROWS_AS(reactor.watch(file.get(), nullptr), std::system_error);
  CHECK_THROWS_AS(reactor.watch(-1, nullptr), std::system_error);
  CHECK(reactor.watched() == 0);
}

}  // namespace
}  // namespace cxxproxy::engine
