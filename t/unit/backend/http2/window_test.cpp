// How much a backend may send ahead, and who waits for whom.
#include <nghttp2/nghttp2.h>

#include <string>

#include "backend/http2/peer.hpp"
#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

using test::epoch;
using test::Owner;
using test::Pair;

std::string text(std::size_t size) {
  std::string all(size, ' ');
  for (std::size_t i = 0; i < size; ++i) all[i] = static_cast<char>('a' + i % 23);
  return all;
}

TEST_CASE("h2: a slow owner holds up its own stream only", "[backend][http2]") {
  Pair pair;
  Owner slow;
  Owner quick;
  slow.appetite = 0;
  pair.open(slow);
  pair.open(quick);
  pair.carry();
  const std::string large = text(3000000);
  pair.peer.answer(1, "200", {}, large);
  pair.carry();
  pair.peer.answer(3, "200", {}, large);
  pair.carry();
  CHECK(quick.body == large);
  CHECK(quick.ends == 1);
  CHECK(slow.body.empty());
  CHECK(slow.stream.kept_size() == 65535);
  CHECK(slow.ends == 0);
  CHECK(pair.peer.window(1) == 0);
  std::string taken;
  while (slow.ends == 0) {
    taken += slow.take_kept(10000);
    pair.carry();
  }
  CHECK(slow.stream.is_complete());
  taken += slow.take_kept();
  CHECK(taken == large);
}

TEST_CASE("h2: many slow owners leave the connection's window as it is", "[backend][http2]") {
  Pair pair;
  std::vector<std::unique_ptr<Owner>> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(std::make_unique<Owner>());
    slow.back()->appetite = 0;
    pair.open(*slow.back());
  }
  pair.carry();
  for (int i = 0; i < 50; ++i) pair.peer.answer(2 * i + 1, "200", {}, text(1000000));
  pair.carry();
  for (const auto& owner : slow) CHECK(owner->stream.kept_size() == 65535);
  CHECK(pair.peer.window(0) > 8 << 20);
}

TEST_CASE("h2: a part taken of a piece is kept in order with what comes behind it", "[backend][http2]") {
  Pair pair;
  Owner owner;
  owner.appetite = 7;
  pair.open(owner);
  pair.carry();
  const std::string all = text(40000);
  pair.peer.answer(1, "200", {}, all, {{"x-sum", "1"}});
  pair.carry(100);
  CHECK(owner.body == all.substr(0, 7));
  CHECK(owner.ends == 1);
  CHECK(owner.stream.is_complete());
  CHECK(owner.body + owner.take_kept() == all);
  CHECK(owner.trailers() == "x-sum: 1, ");
}

TEST_CASE("h2: a window grows where it holds up, and only there", "[backend][http2]") {
  Pair pair;
  Owner quick;
  Owner slow;
  slow.appetite = 0;
  pair.open(quick);
  pair.open(slow);
  pair.carry();
  pair.peer.answer(1, "200", {}, text(8000000));
  pair.peer.answer(3, "200", {}, text(8000000));
  pair.carry();
  CHECK(quick.ends == 1);
  CHECK(slow.stream.kept_size() == 65535);
  slow.appetite = test::whole;
  slow.take_kept();
  pair.carry();
  CHECK(slow.ends == 1);
}

// How far ahead a backend gets that always sends as much as it may, before it hears of us again.
std::size_t largest_burst(Pair& pair, std::int32_t id) {
  std::size_t largest = 0;
  for (int rounds = 0; rounds < 40; ++rounds) {
    const std::string bytes = pair.peer.bytes();
    largest = std::max(largest, bytes.size());
    pair.session.on_bytes(bytes, epoch);
    pair.to_peer();
  }
  CHECK(pair.peer.window(id) >= 0);
  return largest;
}

TEST_CASE("h2: a window doubles up to its limit", "[backend][http2]") {
  Http2Limits limits;
  limits.stream_window_most = 400000;
  Pair pair(limits);
  Owner owner;
  pair.open(owner);
  pair.carry();
  pair.peer.answer(1, "200", {}, text(20000000));
  const std::size_t burst = largest_burst(pair, 1);  // half of it is always credited
  CHECK(burst > 200000);
  CHECK(burst < 402000);
}

TEST_CASE("h2: a window grows for an owner that keeps all until the turn is over, and keeps up", "[backend][http2]") {
  Http2Limits limits;
  limits.stream_window_most = 400000;
  Pair pair(limits);
  Owner owner;
  owner.appetite = 0;
  owner.at_turn_end = [&] { owner.take_kept(test::whole, true); };
  pair.open(owner);
  pair.carry();
  pair.peer.answer(1, "200", {}, text(20000000));
  const std::size_t burst = largest_burst(pair, 1);
  CHECK(burst > 200000);
  CHECK(burst < 402000);
}

TEST_CASE("h2: where the reader of an answer is in the way, the window stays as it is", "[backend][http2]") {
  Pair pair;
  Owner owner;
  owner.appetite = 0;
  owner.at_turn_end = [&] { owner.take_kept(); };
  pair.open(owner);
  pair.carry();
  pair.peer.answer(1, "200", {}, text(20000000));
  CHECK(largest_burst(pair, 1) < 66000);
}

// A stream of which a whole window lies with us, used up in one turn.
struct UsedUp {
  UsedUp() {
    owner.appetite = 0;
    pair.open(owner);
    pair.carry();
    pair.peer.answer(1, "200", {}, text(20000000));
    pair.to_session();
    REQUIRE(owner.stream.kept_size() == http2_first_window);
  }

  // What the backend may send once it has heard that all of that is taken.
  std::size_t next_burst() {
    pair.to_peer();
    return pair.peer.bytes().size();
  }

  Pair pair{};
  Owner owner{};
};

TEST_CASE("h2: a window grows only when all that was kept is taken", "[backend][http2]") {
  UsedUp used;
  used.owner.take_kept(10000, true);
  CHECK(used.next_burst() == 0);
  used.owner.take_kept(test::whole, true);
  CHECK(used.next_burst() > 100000);  // up to half a window is not credited yet
}

TEST_CASE("h2: who was in the way once has to use up the window again", "[backend][http2]") {
  UsedUp used;
  SECTION("and took something") { used.owner.take_kept(10000, false); }
  SECTION("and took nothing") { used.owner.stream.consume(0, false); }
  used.owner.take_kept(test::whole, true);
  const std::size_t burst = used.next_burst();
  CHECK(burst > 32000);
  CHECK(burst < 66000);
}

TEST_CASE("h2: all windows together grow no more than their budget", "[backend][http2]") {
  Http2Limits limits;
  limits.stream_window_most = 1 << 20;
  limits.window_budget = 200000;
  Pair pair(limits);
  Owner one;
  Owner two;
  pair.open(one);
  pair.carry();
  pair.peer.answer(1, "200", {}, text(20000000));
  const std::size_t first = largest_burst(pair, 1);
  CHECK(first > 131000);
  CHECK(first < 263000);
  one.stream.cancel();  // gives its part back
  pair.open(two);
  pair.carry();
  pair.peer.answer(3, "200", {}, text(20000000));
  CHECK(largest_burst(pair, 3) == first);
}

TEST_CASE("h2: small answers leave their windows as they are", "[backend][http2]") {
  Pair pair;
  Owner owner;
  pair.open(owner);
  pair.carry();
  pair.peer.answer(1, "200", {}, text(30000));
  const std::string bytes = pair.peer.bytes();
  pair.session.on_bytes(bytes, epoch);
  CHECK(owner.ends == 1);
  CHECK_FALSE(pair.session.wants_write());
}

TEST_CASE("h2: the end of a turn is told once, with all of it still in place", "[backend][http2]") {
  Pair pair;
  Owner owner;
  pair.open(owner);
  pair.carry();
  pair.peer.answer(1, "200", {}, text(50000));
  const std::string bytes = pair.peer.bytes();
  int pieces = 0;
  owner.at_body = [&] { ++pieces; };
  pair.session.on_bytes(bytes, epoch);
  CHECK(pieces > 1);
  CHECK(owner.turns == 1);
  CHECK(owner.ends == 1);
}

TEST_CASE("h2: streams that are complete but not taken count as open", "[backend][http2]") {
  Http2Limits limits;
  limits.streams = 2;
  Pair pair(limits);
  Owner one;
  Owner two;
  one.appetite = two.appetite = 0;
  pair.open(one);
  pair.open(two);
  pair.carry();
  pair.peer.answer(1, "200", {}, "one");
  pair.peer.answer(3, "200", {}, "two");
  pair.carry();
  CHECK(one.ends == 1);
  CHECK_FALSE(pair.session.has_room());
  CHECK(one.take_kept() == "one");
  one.stream.cancel();
  CHECK(pair.session.has_room());
}

}  // namespace
}  // namespace cxxproxy::backend
