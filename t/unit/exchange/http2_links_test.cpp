// Who gets which HTTP/2 connection, who makes one, and who waits. The test dials; requests are bare streams.
#include "exchange/http2_links.hpp"

#include <nghttp2/nghttp2.h>

#include <array>
#include <list>

#include "catch.hpp"
#include "exchange/http2_support.hpp"

namespace cxxproxy::exchange {
namespace {

using namespace std::chrono_literals;
using namespace test;
using Found = Http2Links::Found;

// One who asks, with the stream that it opens.
struct Asker final : Http2Links::Seeker {
  explicit Asker(Http2World& of) : world(of) {}
  ~Asker() { leave(); }

  void on_link_news() noexcept override { ++told; }

  Found seek(const Target& target) {
    Http2Links::Search search = world.links.seek(target, *this);
    hold = search.hold;
    return search.found;
  }
  Found seek() { return seek(world.target()); }

  // What it has dialled.
  void add(const Target& target) {
    backend::test::Link made = backend::test::pair();
    backend::Lease lease;
    if (target.pool) lease = *target.pool->try_acquire(target.pool_key);
    world.ends.emplace_back(std::move(made.theirs));
    hold = world.links.add(*this, target, {std::move(lease), std::move(made.ours)});
  }
  void add() { add(world.target()); }

  backend::Http2Session::Opened open() {
    const auto opened = hold.link->session().open(owner.stream, backend::test::get(), false);
    world.links.let_go(hold);
    return opened;
  }
  void leave() {
    owner.stream.cancel();
    world.links.let_go(hold);
    world.links.leave(*this);
  }

  Http2World& world;
  Http2Links::Hold hold;
  backend::test::Owner owner;
  int told = 0;
};

backend::PoolSettings limited(unsigned max) {
  backend::PoolSettings settings;
  settings.max = max;
  return settings;
}

// The first connection is there, known to its backend, and idle.
void connect(Http2World& world, const Target& target) {
  Asker first(world);
  REQUIRE(first.seek(target) == Found::Dial);
  first.add(target);
  REQUIRE(first.open() == backend::Http2Session::Opened::Yes);
  world.settle();
  first.leave();
  world.settle();
}
void connect(Http2World& world) { connect(world, world.target()); }

TEST_CASE("one dials, the others wait and share what comes of it", "[exchange][http2][links]") {
  Http2World world;
  Asker first(world);
  Asker second(world);
  Asker third(world);
  CHECK(first.seek() == Found::Dial);
  CHECK(second.seek() == Found::Wait);
  CHECK(third.seek() == Found::Wait);
  first.add();
  CHECK_FALSE(first.hold.used);
  CHECK(first.open() == backend::Http2Session::Opened::Yes);
  world.settle();
  CHECK(second.told == 1);
  CHECK(third.told == 1);
  REQUIRE(second.seek() == Found::Link);
  REQUIRE(third.seek() == Found::Link);
  CHECK(second.hold.used);
  CHECK(second.open() == backend::Http2Session::Opened::Yes);
  CHECK(third.open() == backend::Http2Session::Opened::Yes);
  world.settle();
  CHECK(world.links.size() == 1);
  CHECK(world.ends.front().peer.requests.count(5) == 1);
  CHECK(world.backend.pool().stats().leased == 1);
}

TEST_CASE("those who wait share a failed dial, and nobody is left to wait for", "[exchange][http2][links]") {
  Http2World world;
  Asker first(world);
  Asker second(world);
  REQUIRE(first.seek() == Found::Dial);
  REQUIRE(second.seek() == Found::Wait);
  world.links.failed(first, {Reason::ConnectFailed, 0, "nobody there"});
  CHECK(first.told == 0);
  CHECK(second.told == 1);
  const std::optional<Failure> why = second.take_failure();
  REQUIRE(why);
  CHECK(why->detail == "nobody there");
  CHECK_FALSE(second.take_failure());
  Asker third(world);
  CHECK(third.seek() == Found::Dial);
}

TEST_CASE("a failed dial leaves those who wait to the connections that are there", "[exchange][http2][links]") {
  Http2World world;
  Target target = world.target();
  target.streams = 1;
  connect(world, target);
  Asker busy(world);
  REQUIRE(busy.seek(target) == Found::Link);
  busy.open();
  Asker dialer(world);
  Asker waiter(world);
  REQUIRE(dialer.seek(target) == Found::Dial);
  REQUIRE(waiter.seek(target) == Found::Wait);
  world.links.failed(dialer, {Reason::ConnectFailed, 0, "nobody there"});
  CHECK(waiter.told == 1);
  CHECK_FALSE(waiter.take_failure());
  CHECK(waiter.seek(target) == Found::Dial);
}

TEST_CASE("a connection that takes no more streams is nothing to wait for when a dial has failed",
          "[exchange][http2][links]") {
  Http2World world;
  connect(world);
  Asker busy(world);
  REQUIRE(busy.seek() == Found::Link);
  busy.open();
  world.settle();
  world.ends.front().peer.goaway(3);
  world.settle();
  Asker dialer(world);
  Asker waiter(world);
  REQUIRE(dialer.seek() == Found::Dial);
  REQUIRE(waiter.seek() == Found::Wait);
  world.links.failed(dialer, {Reason::ConnectFailed, 0, "nobody there"});
  CHECK(waiter.take_failure());
}

TEST_CASE("a dialer that gives up lets another dial", "[exchange][http2][links]") {
  Http2World world;
  Asker second(world);
  Asker third(world);
  {
    Asker first(world);
    REQUIRE(first.seek() == Found::Dial);
    REQUIRE(second.seek() == Found::Wait);
    REQUIRE(third.seek() == Found::Wait);
  }
  CHECK(second.told == 1);
  CHECK(third.told == 0);
  // So does one that was told, but will not.
  second.leave();
  CHECK(third.told == 1);
  CHECK(third.seek() == Found::Dial);
}

TEST_CASE("when all connections are full another is made", "[exchange][http2][links]") {
  Http2World world;
  Target target = world.target();
  target.streams = 2;
  connect(world, target);
  std::list<Asker> askers;
  for (int i = 0; i < 2; ++i) {
    REQUIRE(askers.emplace_back(world).seek(target) == Found::Link);
    askers.back().open();
  }
  Asker third(world);
  CHECK(third.seek(target) == Found::Dial);
  third.add(target);
  third.open();
  CHECK(world.links.size() == 2);
}

TEST_CASE("those who wait for a new connection hear when it is known to be full", "[exchange][http2][links]") {
  Http2World world;
  Target target = world.target();
  target.streams = 1;
  Asker first(world);
  Asker second(world);
  Asker third(world);
  REQUIRE(first.seek(target) == Found::Dial);
  first.add(target);
  first.open();
  REQUIRE(second.seek(target) == Found::Wait);
  REQUIRE(third.seek(target) == Found::Wait);
  world.settle();
  CHECK(second.told == 1);
  CHECK(third.told == 1);
  CHECK(second.seek(target) == Found::Dial);
  CHECK(third.seek(target) == Found::Wait);
}

TEST_CASE("with all slots taken room on what is there is waited for", "[exchange][http2][links]") {
  Http2World world(limited(1));
  Target target = world.target();
  target.streams = 1;
  connect(world, target);
  Asker busy(world);
  REQUIRE(busy.seek(target) == Found::Link);
  busy.open();
  Asker second(world);
  Asker third(world);
  REQUIRE(second.seek(target) == Found::Dial);
  REQUIRE(third.seek(target) == Found::Wait);
  CHECK(world.links.wait_instead(second, target));
  world.settle();
  CHECK(second.told == 0);
  busy.leave();
  world.settle();
  CHECK(third.told == 1);  // it was there before the other began to wait
  CHECK(third.seek(target) == Found::Link);
}

TEST_CASE("without connections there is no room to wait for", "[exchange][http2][links]") {
  Http2World world(limited(1));
  const backend::Result<backend::Lease> other = world.backend.pool().try_acquire("another key");
  Asker first(world);
  REQUIRE(first.seek() == Found::Dial);
  CHECK_FALSE(world.links.wait_instead(first, world.target()));
}

TEST_CASE("an idle connection for others goes at once for one who would wait for its slot",
          "[exchange][http2][links]") {
  Http2World world(limited(1));
  connect(world);
  Target other = world.target();
  other.pool_key = "another";
  Asker asker(world);
  REQUIRE(asker.seek(other) == Found::Dial);
  CHECK_FALSE(world.links.wait_instead(asker, other));
  world.settle();
  CHECK(world.links.size() == 0);
  CHECK(world.backend.pool().stats().leased == 0);
}

TEST_CASE("an idle connection goes when others wait for its slot", "[exchange][http2][links]") {
  struct Ticket final : backend::SlotWaiter {
    void slot_free() noexcept override { ++told; }
    int told = 0;
  } ticket;
  Http2World world(limited(1));
  connect(world);
  CHECK(world.links.size() == 1);
  REQUIRE(world.backend.pool().await_slot(ticket));
  world.pass(100ms);
  CHECK(world.links.size() == 0);
  CHECK(ticket.told == 1);
  world.backend.pool().forget(ticket);
}

TEST_CASE("a connection lies idle for the pool's ttl", "[exchange][http2][links]") {
  backend::PoolSettings settings;
  settings.ttl = 30s;
  Http2World world(settings);
  connect(world);
  world.pass(29s);
  CHECK(world.links.size() == 1);
  SECTION("and goes then") {
    world.pass(2s);
    CHECK(world.links.size() == 0);
    CHECK(world.backend.pool().stats().leased == 0);
    CHECK(world.ends.front().at_end);
  }
  SECTION("which begins with the end of its last stream, not a turn later") {
    Asker first(world);
    Asker second(world);
    REQUIRE(first.seek() == Found::Link);
    first.open();
    world.pass(40s);
    first.leave();
    CHECK(second.seek() == Found::Link);
  }
  SECTION("from its last stream on") {
    Asker asker(world);
    REQUIRE(asker.seek() == Found::Link);
    asker.open();
    world.pass(29s);
    asker.leave();
    world.settle();
    world.pass(29s);
    CHECK(world.links.size() == 1);
    world.pass(2s);
    CHECK(world.links.size() == 0);
  }
}

TEST_CASE("drained links end when they are idle", "[exchange][http2][links]") {
  Http2World world;
  connect(world);
  Asker asker(world);
  const bool busy = GENERATE(false, true);
  if (busy) {
    REQUIRE(asker.seek() == Found::Link);
    asker.open();
  }
  world.links.drain();
  world.settle();
  CHECK(world.links.size() == (busy ? 1 : 0));
  asker.leave();
  world.settle();
  CHECK(world.links.size() == 0);
}

TEST_CASE("connections that are not shared end after their only stream", "[exchange][http2][links]") {
  Http2World world;
  Target target = world.target();
  const int how = GENERATE(0, 1, 2);
  if (how == 0) target.reuse = false;
  if (how == 1) target.fresh = true;
  if (how == 2) target.pool = nullptr;
  Asker first(world);
  Asker second(world);
  CHECK(first.seek(target) == Found::Dial);
  CHECK(second.seek(target) == Found::Dial);
  first.add(target);
  first.open();
  world.settle();
  CHECK(world.links.size() == 1);
  CHECK(second.seek(world.target()) == Found::Dial);
  first.leave();
  world.settle();
  CHECK(world.links.size() == 0);
  CHECK(world.ends.front().at_end);
}

TEST_CASE("a connection that is held stays in existence", "[exchange][http2][links]") {
  Http2World world;
  connect(world);
  Asker asker(world);
  REQUIRE(asker.seek() == Found::Link);
  world.ends.front().close();
  world.settle();
  CHECK(world.links.size() == 1);
  CHECK(asker.open() == backend::Http2Session::Opened::NoRoom);
  CHECK(world.links.size() == 0);
}

TEST_CASE("room that one is about to use is nobody else's", "[exchange][http2][links]") {
  Http2World world(limited(1));
  Target target = world.target();
  target.streams = 1;
  connect(world, target);
  Asker first(world);
  Asker second(world);
  REQUIRE(first.seek(target) == Found::Link);
  CHECK(second.seek(target) == Found::Dial);
  REQUIRE(world.links.wait_instead(second, target));
  SECTION("until it has used it") {
    CHECK(first.open() == backend::Http2Session::Opened::Yes);
    world.settle();
    CHECK(second.told == 0);
    first.leave();
    world.settle();
  }
  SECTION("or does not want it") { first.leave(); }
  CHECK(second.told == 1);
  CHECK(second.seek(target) == Found::Link);
}

TEST_CASE("a connection that one is about to use is not closed for lying idle", "[exchange][http2][links]") {
  backend::PoolSettings settings = limited(2);
  settings.ttl = 30s;
  Http2World world(settings);
  connect(world);
  Asker first(world);
  REQUIRE(first.seek() == Found::Link);
  SECTION("for too long") { world.pass(31s); }
  SECTION("when the server stops") { world.links.drain(); }
  world.settle();
  CHECK(world.links.size() == 1);
  CHECK(first.open() == backend::Http2Session::Opened::Yes);
}

TEST_CASE("a connection that is not shared and was not used ends", "[exchange][http2][links]") {
  Http2World world;
  Target target = world.target();
  target.reuse = false;
  Asker asker(world);
  REQUIRE(asker.seek(target) == Found::Dial);
  asker.add(target);
  world.settle();
  CHECK(world.links.size() == 1);
  asker.leave();
  world.settle();
  CHECK(world.links.size() == 0);
}

TEST_CASE("after GOAWAY the next one dials anew, and streams go on", "[exchange][http2][links]") {
  Http2World world;
  connect(world);
  Asker first(world);
  REQUIRE(first.seek() == Found::Link);
  first.open();
  world.settle();
  world.ends.front().peer.goaway(3);
  world.settle();
  Asker second(world);
  CHECK(second.seek() == Found::Dial);
  second.add();
  second.open();
  CHECK(world.links.size() == 2);
  world.ends.front().peer.answer(3, "200", {}, "last");
  world.settle();
  CHECK(first.owner.ends == 1);
  first.leave();
  world.settle();
  CHECK(world.links.size() == 1);
}

TEST_CASE("connections of other keys are left alone", "[exchange][http2][links]") {
  Http2World world;
  connect(world);
  Target other = world.target();
  other.pool_key = "another";
  Asker asker(world);
  CHECK(asker.seek(other) == Found::Dial);
}

}  // namespace
}  // namespace cxxproxy::exchange
