#include "backend/http2/session.hpp"

#include <nghttp2/nghttp2.h>

#include <string>

#include "backend/http2/peer.hpp"
#include "catch.hpp"

namespace cxxproxy::backend {
namespace {

using test::epoch;
using test::Owner;
using test::Pair;
using test::whole;
using State = Http2Session::State;

std::string long_text(std::size_t size) {
  std::string text;
  while (text.size() < size) text += std::to_string(text.size()) + " ";
  text.resize(size);
  return text;
}

void ask_and_answer(std::size_t step) {
  Pair pair;
  Owner owner;
  pair.open(owner, "/path?query");
  pair.carry(step);
  REQUIRE(pair.peer.requests.count(1) == 1);
  CHECK(pair.peer.requests[1].field(":method") == "GET");
  CHECK(pair.peer.requests[1].field(":scheme") == "http");
  CHECK(pair.peer.requests[1].field(":authority") == "backend.test");
  CHECK(pair.peer.requests[1].field(":path") == "/path?query");
  CHECK(pair.peer.requests[1].field("te") == "trailers");
  CHECK(pair.peer.requests[1].ended);
  pair.peer.interim(1, "103", {{"link", "</x>"}});
  pair.peer.answer(1, "200", {{"content-type", "text/plain"}}, "hello", {{"x-sum", "5"}});
  pair.carry(step);
  CHECK(owner.interims == std::vector<std::string>{"103 link: </x>, "});
  CHECK(owner.head == "200 content-type: text/plain, ");
  CHECK(owner.framing == wire::BodyFraming::Chunked);
  CHECK(owner.body == "hello");
  CHECK(owner.ends == 1);
  CHECK(owner.trailers() == "x-sum: 5, ");
  CHECK_FALSE(owner.failure);
  CHECK_FALSE(pair.peer.failed);
  owner.stream.cancel();
  pair.carry(step);
  CHECK(pair.peer.resets.empty());
  CHECK(pair.session.streams() == 0);
  CHECK(pair.session.state() == State::Open);
}

TEST_CASE("a request is sent and its answer heard, with a 1xx and trailers", "[backend][http2]") {
  ask_and_answer(whole);
}

TEST_CASE("so they are in bytes that come one by one, and in other steps", "[backend][http2]") {
  for (const std::size_t step : {1, 2, 3, 7, 9, 10, 64}) ask_and_answer(step);
}

TEST_CASE("a request's body leaves from where it lies, and trailers behind it", "[backend][http2]") {
  for (const std::size_t step : {whole, std::size_t{1000}}) {
    Pair pair;
    Owner owner;
    const std::string text = long_text(50000);
    pair.open(owner, "/", true);
    CHECK(owner.stream.wants_body());
    owner.stream.send(text, false);
    CHECK_FALSE(owner.stream.wants_body());
    std::array<iovec, 64> pieces;
    bool lent = false;
    const std::size_t count = pair.session.output(pieces);
    for (std::size_t i = 0; i < count; ++i) {
      const auto* const at = static_cast<const char*>(pieces[i].iov_base);
      lent = lent || (at >= text.data() && at < text.data() + text.size());
    }
    CHECK(lent);
    pair.carry(step);
    CHECK(owner.sent == 1);
    CHECK(pair.peer.requests[1].body == text);
    CHECK_FALSE(pair.peer.requests[1].ended);
    owner.stream.send("more", false);
    pair.carry(step);
    CHECK(owner.sent == 2);
    Http2RequestHead trailer;
    trailer.start_trailer();
    REQUIRE(trailer.field("X-Sum", "54"));
    REQUIRE(trailer.finish());
    owner.stream.send_trailer(std::move(trailer));
    pair.carry(step);
    CHECK(pair.peer.requests[1].body == text + "more");
    CHECK(pair.peer.requests[1].ended);
    CHECK(pair.peer.requests[1].trailers == test::Pairs{{"x-sum", "54"}});
    CHECK_FALSE(pair.peer.failed);
  }
}

TEST_CASE("a body may end with its last piece, or with nothing", "[backend][http2]") {
  Pair pair;
  Owner one;
  Owner two;
  pair.open(one, "/", true);
  pair.open(two, "/", true);
  one.stream.send("all of it", true);
  CHECK_FALSE(one.stream.is_sending());
  two.stream.send("some", false);
  pair.carry();
  two.stream.send("", true);
  pair.carry();
  CHECK(pair.peer.requests[1].body == "all of it");
  CHECK(pair.peer.requests[1].ended);
  CHECK(pair.peer.requests[3].body == "some");
  CHECK(pair.peer.requests[3].ended);
}

TEST_CASE("a head and a small body leave in one go", "[backend][http2]") {
  Pair pair;
  pair.carry();
  Owner owner;
  pair.open(owner, "/", true);
  owner.stream.send("body", true);
  std::array<iovec, 64> pieces;
  CHECK(pair.session.output(pieces) == 2);
}

TEST_CASE("what is made ready to be written is bounded, however much there is", "[backend][http2]") {
  Pair pair({}, {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20}});
  pair.carry();
  std::vector<std::unique_ptr<Owner>> owners;
  const std::string text = long_text(100000);
  for (int i = 0; i < 10; ++i) {
    owners.push_back(std::make_unique<Owner>());
    pair.open(*owners.back(), "/", true);
    owners.back()->stream.send(text, true);
  }
  std::array<iovec, 200> pieces;
  const std::size_t count = pair.session.output(pieces);
  CHECK(count <= 64);
  std::size_t size = 0;
  for (std::size_t i = 0; i < count; ++i) size += pieces[i].iov_len;
  CHECK(size <= 65536 + 16384 + 9 + 1000);
  pair.carry();
  for (int i = 0; i < 10; ++i) CHECK(pair.peer.requests[2 * i + 1].body == text);
}

TEST_CASE("what is lent goes down as it is written, and is nothing when it is the owner's again", "[backend][http2]") {
  Pair pair;
  Owner owner;
  const std::string text(50000, 'x');
  std::size_t at_sent = whole;
  owner.at_sent = [&] { at_sent = owner.stream.lent(); };
  pair.open(owner, "/", true);
  pair.carry();
  CHECK(owner.stream.lent() == 0);
  owner.stream.send(text, true);
  CHECK(owner.stream.lent() == text.size());
  std::array<iovec, 64> pieces;
  REQUIRE(pair.session.output(pieces) > 0);
  CHECK(owner.stream.lent() == text.size());
  pair.session.wrote(9 + 1000);
  CHECK(owner.stream.lent() == text.size() - 1000);
  test::drain(pair.session);
  CHECK(owner.stream.lent() == 0);
  CHECK(at_sent == 0);
}

TEST_CASE("many streams are answered side by side, in any order", "[backend][http2]") {
  Pair pair;
  std::vector<std::unique_ptr<Owner>> owners;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(pair.session.has_room());
    owners.push_back(std::make_unique<Owner>());
    pair.open(*owners.back(), "/" + std::to_string(i));
  }
  CHECK_FALSE(pair.session.has_room());
  pair.carry();
  for (int i = 99; i >= 0; --i) pair.peer.answer(2 * i + 1, "200", {}, long_text(static_cast<std::size_t>(i) * 100));
  pair.carry();
  for (int i = 0; i < 100; ++i) {
    CHECK(pair.peer.requests[2 * i + 1].field(":path") == "/" + std::to_string(i));
    CHECK(owners[static_cast<std::size_t>(i)]->body == long_text(static_cast<std::size_t>(i) * 100));
    CHECK(owners[static_cast<std::size_t>(i)]->ends == 1);
  }
  owners.clear();
  CHECK(pair.session.has_room());
  CHECK(pair.session.streams() == 0);
}

TEST_CASE("lengths are told as they are", "[backend][http2]") {
  Pair pair;
  Owner sized;
  Owner empty;
  Owner none;
  Owner head;
  pair.open(sized);
  pair.open(empty);
  pair.open(none);
  REQUIRE(pair.session.open(head.stream, test::get("/", "HEAD"), false) == Http2Session::Opened::Yes);
  pair.carry();
  pair.peer.answer(1, "200", {{"content-length", "4"}}, "four");
  pair.peer.answer(3, "200", {}, "");
  pair.peer.answer(5, "204", {}, "");
  pair.peer.answer(7, "200", {{"content-length", "4711"}}, "");
  pair.carry();
  CHECK(sized.framing == wire::BodyFraming::Length);
  CHECK(sized.length == 4);
  CHECK(empty.framing == wire::BodyFraming::Length);
  CHECK(empty.length == 0);
  CHECK(none.framing == wire::BodyFraming::None);
  CHECK(head.framing == wire::BodyFraming::None);
  CHECK(head.head == "200 content-length: 4711, ");
  for (const Owner* owner : {&sized, &empty, &none, &head}) CHECK(owner->ends == 1);
}

TEST_CASE("Alt-Svc goes no further than here, wherever it comes", "[backend][http2]") {
  Pair pair;
  Owner owner;
  pair.open(owner);
  pair.carry();
  pair.peer.interim(1, "103", {{"alt-svc", "h2=\":1\""}, {"link", "</x>"}});
  pair.peer.answer(1, "200", {{"server", "x"}, {"alt-svc", "h3=\":443\""}, {"alt-svc-not", "y"}}, "hello",
                   {{"alt-svc", "clear"}, {"x-sum", "5"}});
  pair.carry();
  CHECK(owner.interims == std::vector<std::string>{"103 link: </x>, "});
  CHECK(owner.head == "200 server: x, alt-svc-not: y, ");
  CHECK(owner.trailers() == "x-sum: 5, ");
  CHECK(owner.ends == 1);
}

TEST_CASE("the texts of a head lie in one block, in order, with room between", "[backend][http2]") {
  struct Layout final : Http2StreamOwner {
    void on_interim(const wire::ResponseHead&, Http2Fields&) noexcept override {}
    void on_head(const wire::Head& head, Http2Fields&) noexcept override {
      const char* before = nullptr;
      for (const wire::Field& field : head.head.fields) {
        good = good && (!before || before < field.name.data());
        good = good && field.name.data() + field.name.size() < field.value.data();
        before = field.value.data() + field.value.size();
        ++fields;
      }
    }
    std::size_t on_body(std::string_view bytes) noexcept override { return bytes.size(); }
    void on_turn_end() noexcept override {}
    void on_end() noexcept override {}
    void on_broken(const Http2Failure&) noexcept override {}
    void on_body_sent() noexcept override {}
    bool good = true;
    int fields = 0;
  } owner;
  Http2Stream stream(owner);
  Pair pair;
  REQUIRE(pair.session.open(stream, test::get(), false) == Http2Session::Opened::Yes);
  pair.carry();
  pair.peer.answer(1, "200", {{"a", "1"}, {"bb", ""}, {"set-cookie", "x=y"}, {"set-cookie", "z"}}, "");
  pair.carry();
  CHECK(owner.good);
  CHECK(owner.fields == 4);
}

TEST_CASE("one PING at a time, and its answer is known", "[backend][http2]") {
  Pair pair;
  pair.carry();
  const auto then = epoch + std::chrono::seconds(7);
  pair.session.ping(then);
  pair.session.ping(then + std::chrono::seconds(1));
  CHECK(pair.session.pinged_at() == then);
  pair.session.on_bytes(test::frame(test::ping_frame, test::ack, 0, "12345678"), epoch);
  CHECK(pair.session.pinged_at() == then);
  pair.carry();
  CHECK_FALSE(pair.session.pinged_at());
  pair.session.ping(then);
  CHECK(pair.session.pinged_at() == then);
}

TEST_CASE("SETTINGS are waited for, and the backend's greeting", "[backend][http2]") {
  Pair pair;
  CHECK(pair.session.settings_sent_at() == epoch);
  CHECK_FALSE(pair.session.is_greeted());
  pair.carry();
  CHECK_FALSE(pair.session.settings_sent_at());
  CHECK(pair.session.is_greeted());
  CHECK(nghttp2_session_get_remote_settings(pair.peer.raw(), NGHTTP2_SETTINGS_ENABLE_PUSH) == 0);
}

TEST_CASE("a stream that left one session can be used with another", "[backend][http2]") {
  Owner owner;
  {
    Pair pair;
    pair.open(owner);
    pair.carry();
    CHECK(pair.session.open(owner.stream, test::get(), false) == Http2Session::Opened::BadHead);
  }
  REQUIRE(owner.failure);
  CHECK(owner.failure->fault == Http2Fault::Ended);
  CHECK_FALSE(owner.stream.is_attached());
  Pair pair;
  pair.open(owner);
  pair.carry();
  pair.peer.answer(1, "200", {}, "");
  pair.carry();
  CHECK(owner.ends == 1);
}

}  // namespace
}  // namespace cxxproxy::backend
