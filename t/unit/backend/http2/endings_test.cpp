// How streams and connections end, and what of a request may have been done by then.
#include <nghttp2/nghttp2.h>

#include <string>

#include "backend/http2/peer.hpp"
#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

using test::epoch;
using test::Owner;
using test::Pair;
using State = Http2Session::State;

void check_failure(const Owner& owner, Http2Fault fault, Http2Reach reach) {
  REQUIRE(owner.failure);
  CHECK(word(owner.failure->fault) == word(fault));
  CHECK(owner.failure->reach == reach);
  CHECK_FALSE(owner.stream.is_attached());
}

TEST_CASE("h2: GOAWAY tells the streams above it that they were not processed", "[backend][http2]") {
  Pair pair;
  Owner one;
  Owner two;
  pair.open(one);
  pair.open(two);
  pair.carry();
  pair.peer.goaway(1, NGHTTP2_NO_ERROR);
  pair.carry();
  CHECK(pair.session.state() == State::Leaving);
  CHECK(pair.session.goaway_code() == 0U);
  check_failure(two, Http2Fault::GoneAway, Http2Reach::NotProcessed);
  CHECK_FALSE(one.failure);
  CHECK_FALSE(pair.session.has_room());
  CHECK(pair.session.open(two.stream, test::get(), false) == Http2Session::Opened::NoRoom);
  CHECK_FALSE(pair.session.is_done());
  pair.peer.answer(1, "200", {}, "last");
  pair.carry();
  CHECK(one.body == "last");
  CHECK(one.ends == 1);
  one.stream.cancel();
  CHECK(pair.session.is_done());
}

TEST_CASE("h2: a request that was made ready when GOAWAY came was not processed", "[backend][http2]") {
  Pair pair;
  pair.carry();
  Owner owner;
  pair.open(owner);
  pair.peer.goaway(0);
  pair.to_session();
  pair.to_peer();
  check_failure(owner, Http2Fault::GoneAway, Http2Reach::NotProcessed);
}

TEST_CASE("h2: REFUSED_STREAM is not processed, any other reset may be", "[backend][http2]") {
  Pair pair;
  Owner refused;
  Owner reset;
  Owner begun;
  for (Owner* owner : {&refused, &reset, &begun}) pair.open(*owner);
  pair.carry();
  pair.peer.interim(5, "103");
  pair.peer.reset(1, NGHTTP2_REFUSED_STREAM);
  pair.peer.reset(3, NGHTTP2_INTERNAL_ERROR);
  pair.carry();
  pair.peer.reset(5, NGHTTP2_REFUSED_STREAM);
  pair.carry();
  check_failure(refused, Http2Fault::Refused, Http2Reach::NotProcessed);
  check_failure(reset, Http2Fault::Reset, Http2Reach::Unknown);
  CHECK(reset.failure->code == NGHTTP2_INTERNAL_ERROR);
  check_failure(begun, Http2Fault::Refused, Http2Reach::Answered);
  CHECK(pair.session.state() == State::Open);
}

TEST_CASE("h2: a reset behind the whole answer stops the request's body, nothing else", "[backend][http2]") {
  Pair pair;
  Owner owner;
  pair.open(owner, "/", true);
  const std::string large(100000, 'x');
  owner.stream.send(large, false);
  pair.carry();
  pair.peer.answer(1, "413", {}, "too much");
  pair.carry();
  pair.peer.reset(1, NGHTTP2_NO_ERROR);
  pair.carry();
  CHECK(owner.body == "too much");
  CHECK(owner.ends == 1);
  CHECK_FALSE(owner.failure);
  CHECK_FALSE(owner.stream.is_sending());
  CHECK(owner.sent == 1);
}

TEST_CASE("h2: the connection is lost before, during and after the answer began", "[backend][http2]") {
  Pair pair;
  Owner unwritten;
  Owner unanswered;
  Owner begun;
  Owner complete;
  pair.open(unanswered);
  pair.open(begun);
  pair.open(complete);
  pair.carry();
  pair.peer.answer(5, "200", {}, "all");
  pair.peer.interim(3, "100");
  pair.carry();
  pair.open(unwritten);
  std::array<iovec, 8> pieces;
  CHECK(pair.session.output(pieces) > 0);  // made ready, not written
  pair.session.on_close(Http2Fault::Closed);
  check_failure(unwritten, Http2Fault::Closed, Http2Reach::NotProcessed);
  check_failure(unanswered, Http2Fault::Closed, Http2Reach::Unknown);
  check_failure(begun, Http2Fault::Closed, Http2Reach::Answered);
  CHECK(complete.ends == 1);
  CHECK_FALSE(complete.failure);
  CHECK(pair.session.state() == State::Over);
  CHECK_FALSE(pair.session.wants_write());
}

TEST_CASE("h2: an answer that is complete and kept outlives its connection", "[backend][http2]") {
  Owner owner;
  Owner lost;
  {
    Pair pair;
    owner.appetite = lost.appetite = 1;
    pair.open(owner);
    pair.open(lost);
    pair.carry();
    pair.peer.answer(1, "200", {}, "complete");
    pair.peer.answer(3, "200", {}, "complete");
    pair.carry();
    pair.session.on_close(Http2Fault::Closed);
    CHECK_FALSE(owner.failure);
    CHECK_FALSE(pair.session.is_done());
    CHECK(owner.take_kept() == "omplete");
    owner.stream.cancel();
  }
  CHECK_FALSE(owner.failure);
  check_failure(lost, Http2Fault::Ended, Http2Reach::Answered);
}

TEST_CASE("h2: a request of which one byte was written may have been processed", "[backend][http2]") {
  Pair pair;
  pair.carry();
  Owner owner;
  pair.open(owner);
  std::array<iovec, 8> pieces;
  REQUIRE(pair.session.output(pieces) > 0);
  pair.session.wrote(1);
  pair.session.on_close(Http2Fault::ConnectionFailed);
  check_failure(owner, Http2Fault::ConnectionFailed, Http2Reach::Unknown);
}

TEST_CASE("h2: cancelling tells the backend, and concerns no other", "[backend][http2]") {
  Pair pair;
  Owner one;
  Owner two;
  one.appetite = 0;
  pair.open(one);
  pair.open(two);
  pair.carry();
  const std::string large(500000, 'x');
  pair.peer.answer(1, "200", {}, large);
  pair.peer.answer(3, "200", {}, large);
  const std::string late = pair.peer.bytes();
  pair.session.on_bytes(std::string_view(late).substr(0, 50000), epoch);
  one.stream.cancel();
  CHECK_FALSE(one.stream.is_attached());
  CHECK(one.stream.kept().empty());
  pair.session.on_bytes(std::string_view(late).substr(50000), epoch);
  pair.carry();
  CHECK(pair.peer.resets == std::vector<std::pair<std::int32_t, std::uint32_t>>{{1, NGHTTP2_CANCEL}});
  CHECK(one.ends == 0);
  CHECK_FALSE(one.failure);
  CHECK(two.body == large);
  CHECK(two.ends == 1);
  CHECK(pair.peer.window(0) > 8 << 20);
}

TEST_CASE("h2: late data for cancelled streams is credited to the connection", "[backend][http2]") {
  Http2Limits limits;
  limits.connection_window = 200000;
  Pair pair(limits);
  pair.carry();
  for (int i = 0; i < 50; ++i) {
    Owner owner;
    pair.open(owner);
    pair.carry();
    pair.peer.answer(2 * i + 1, "200", {}, std::string(60000, 'x'));
    const std::string late = pair.peer.bytes();
    owner.stream.cancel();
    pair.to_peer();
    pair.session.on_bytes(late, epoch);
    pair.carry();
  }
  CHECK(pair.peer.window(0) >= 100000);
  Owner last;
  pair.open(last);
  pair.carry();
  pair.peer.answer(101, "200", {}, std::string(300000, 'x'));
  pair.carry();
  CHECK(last.body.size() == 300000);
}

TEST_CASE("h2: a frame that was begun is finished when its stream is cancelled", "[backend][http2]") {
  Pair pair;
  Owner other;
  pair.open(other);
  pair.carry();
  {
    const auto lent = std::make_unique<std::string>(30000, 'x');
    Owner owner;
    pair.open(owner, "/", true);
    owner.stream.send(*lent, true);
    std::array<iovec, 64> pieces;
    REQUIRE(pair.session.output(pieces) > 0);
    const std::string begun(static_cast<const char*>(pieces[0].iov_base), pieces[0].iov_len);
    const std::string part(static_cast<const char*>(pieces[1].iov_base), 100);
    pair.session.wrote(begun.size() + part.size());
    pair.peer.on_bytes(begun + part);
  }
  pair.carry();
  CHECK_FALSE(pair.peer.failed);
  CHECK((pair.peer.requests[3].body == std::string(30000, 'x')));
  pair.peer.answer(1, "200", {}, "fine");
  pair.carry();
  CHECK(other.body == "fine");
}

TEST_CASE("h2: a head that was never framed is nobody's once its stream is gone", "[backend][http2]") {
  Pair pair;
  pair.carry();
  Owner stays;
  const auto head = [] { return std::make_unique<Http2RequestHead>(test::get("/" + std::string(5000, 'x'))); };
  auto cancelled = head(), over = head();
  const auto stay = head();
  {
    Owner owner;
    REQUIRE(pair.session.open(owner.stream, *cancelled, false) == Http2Session::Opened::Yes);
  }
  cancelled.reset();
  REQUIRE(pair.session.open(stays.stream, *stay, false) == Http2Session::Opened::Yes);
  pair.carry();
  CHECK(pair.peer.requests.count(1) == 0);
  CHECK(pair.peer.requests.count(3) == 1);
  Owner last;
  REQUIRE(pair.session.open(last.stream, *over, false) == Http2Session::Opened::Yes);
  pair.session.fail(Http2Fault::NoPong);
  CHECK(last.failure->reach == Http2Reach::NotProcessed);
  over.reset();
  pair.carry();
  CHECK(pair.peer.requests.count(5) == 0);
}

TEST_CASE("h2: a request that was never written is cancelled without a word", "[backend][http2]") {
  Pair pair;
  pair.carry();
  {
    Owner owner;
    pair.open(owner, "/", true);
    owner.stream.send("body", true);
  }
  pair.carry();
  CHECK(pair.peer.requests.count(1) == 0);
  CHECK(pair.session.has_room());
  Owner owner;
  pair.open(owner);
  pair.carry();
  pair.peer.answer(3, "200", {}, "fine");
  pair.carry();
  CHECK(owner.body == "fine");
}

TEST_CASE("h2: owners may do as they like in their calls", "[backend][http2]") {
  for (int where = 0; where < 4; ++where) {
    Pair pair;
    Owner other;
    auto owner = std::make_unique<Owner>();
    const auto leave = [&] {
      pair.open(other);
      owner.reset();
    };
    Owner* const raw = owner.get();
    (where == 0 ? raw->at_interim : where == 1 ? raw->at_head : where == 2 ? raw->at_turn_end : raw->at_end) = leave;
    pair.open(*owner);
    pair.carry();
    pair.peer.interim(1, "103");
    pair.peer.answer(1, "200", {}, "body", {{"a", "b"}});
    pair.carry();
    CHECK_FALSE(owner);
    pair.peer.answer(3, "200", {}, "other");
    pair.carry();
    CHECK(other.body == "other");
    CHECK(pair.session.state() == State::Open);
  }
}

TEST_CASE("h2: an owner may go when its stream breaks, or the session", "[backend][http2]") {
  auto pair = std::make_unique<Pair>();
  auto one = std::make_unique<Owner>();
  auto two = std::make_unique<Owner>();
  one->at_broken = [&] { one.reset(); };
  two->at_broken = [&] { two.reset(); };
  pair->open(*one);
  pair->open(*two);
  pair->carry();
  pair->peer.reset(1, NGHTTP2_CANCEL);
  pair->carry();
  CHECK_FALSE(one);
  pair.reset();
  CHECK_FALSE(two);
}

TEST_CASE("h2: the backend's limit of streams counts when it is lower", "[backend][http2]") {
  Pair pair({}, {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2}});
  pair.carry();
  Owner one;
  Owner two;
  Owner three;
  pair.open(one);
  pair.open(two);
  CHECK_FALSE(pair.session.has_room());
  CHECK(pair.session.open(three.stream, test::get(), false) == Http2Session::Opened::NoRoom);
  pair.carry();
  pair.peer.answer(1, "200", {}, "");
  pair.carry();
  one.stream.cancel();
  CHECK(pair.session.has_room());
}

TEST_CASE("h2: the backend lowers its limit in the middle", "[backend][http2]") {
  Pair pair;
  pair.carry();
  Owner owners[4];
  for (Owner& owner : owners) pair.open(owner);
  pair.carry();
  Owner waiting;
  pair.open(waiting);  // not yet written when the news comes
  pair.peer.settings(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2);
  pair.to_session();
  CHECK_FALSE(pair.session.has_room());
  pair.carry();
  for (int i = 0; i < 3; ++i) pair.peer.answer(2 * i + 1, "200", {}, "fine");
  pair.carry();
  for (int i = 0; i < 3; ++i) {
    CHECK(owners[i].body == "fine");
    owners[i].stream.cancel();
  }
  pair.carry();
  CHECK(pair.peer.requests[9].ended);
  CHECK_FALSE(pair.session.has_room());
  pair.peer.answer(7, "200", {}, "fine");
  pair.peer.answer(9, "200", {}, "fine");
  pair.carry();
  CHECK(waiting.body == "fine");
  CHECK_FALSE(pair.peer.failed);
}

TEST_CASE("h2: a session that retires goes on with what it has", "[backend][http2]") {
  Pair pair;
  Owner owner;
  pair.open(owner);
  pair.carry();
  pair.session.retire();
  CHECK_FALSE(pair.session.has_room());
  pair.peer.answer(1, "200", {}, "fine");
  pair.carry();
  CHECK(owner.body == "fine");
  owner.stream.cancel();
  CHECK(pair.session.is_done());
}

TEST_CASE("h2: a deadline of the caller's ends all", "[backend][http2]") {
  Pair pair;
  Owner owner;
  pair.open(owner);
  pair.carry();
  pair.session.fail(Http2Fault::NoPong);
  check_failure(owner, Http2Fault::NoPong, Http2Reach::Unknown);
  CHECK(pair.session.is_done());
}

}  // namespace
}  // namespace cxxproxy::backend
