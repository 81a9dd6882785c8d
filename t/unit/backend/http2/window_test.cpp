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

TEST_CASE("h2: all windows together grow no more than their budget", "[backend][http2]") {
  Http2Limits limits;
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
