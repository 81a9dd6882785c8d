// How often a session asks for memory; nghttp2's own is not counted.
#include <string>

#include "backend/http2/peer.hpp"
#include "catch.hpp"
#include "exchange/allocations.hpp"

namespace cxxproxy::backend {
namespace {

using exchange::test::allocations;
using exchange::test::counts_allocations;
using test::epoch;

// Takes everything and asks for nothing.
struct Plain final : Http2StreamOwner {
  void on_interim(const wire::ResponseHead&, Http2Fields&) noexcept override {}
  void on_head(const wire::Head&, Http2Fields&) noexcept override {}
  std::size_t on_body(std::string_view bytes) noexcept override {
    bytes_of_body += bytes.size();
    return takes ? bytes.size() : 0;
  }
  void on_turn_end() noexcept override {}
  void on_end() noexcept override { ended = true; }
  void on_broken(const Http2Failure&) noexcept override {}
  void on_body_sent() noexcept override { ++sent; }

  bool takes = true;
  bool ended = false;
  int sent = 0;
  std::size_t bytes_of_body = 0;
  Http2Stream stream{*this};
};

void write_all(Http2Session& session) {
  std::array<iovec, 64> pieces;
  while (const std::size_t count = session.output(pieces)) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < count; ++i) size += pieces[i].iov_len;
    session.wrote(size);
  }
}

void greet(Http2Session& session) {
  session.on_bytes(test::frame(test::settings_frame, 0, 0), epoch);
  write_all(session);
}

TEST_CASE("h2: DATA that is taken at once asks for no memory", "[backend][http2]") {
  Http2Session session({}, epoch);
  greet(session);
  Plain owner;
  REQUIRE(session.open(owner.stream, test::get(), false) == Http2Session::Opened::Yes);
  write_all(session);
  session.on_bytes(test::ok(1), epoch);
  const std::string frame = test::data(1, std::string(5000, 'x'));
  session.on_bytes(frame, epoch);
  write_all(session);
  const std::size_t before = allocations();
  for (int i = 0; i < 200; ++i) {
    session.on_bytes(frame, epoch);
    write_all(session);
  }
  CHECK(owner.bytes_of_body == 201 * 5000);
  if (counts_allocations()) CHECK(allocations() == before);
}

TEST_CASE("h2: DATA that is sent asks for no memory", "[backend][http2]") {
  Http2Session session({}, epoch);
  greet(session);
  session.on_bytes(test::frame(test::window_frame, 0, 0, test::number(10000000)), epoch);
  Plain owner;
  REQUIRE(session.open(owner.stream, test::get(), true) == Http2Session::Opened::Yes);
  write_all(session);
  session.on_bytes(test::frame(test::window_frame, 0, 1, test::number(10000000)), epoch);
  const std::string piece(40000, 'x');
  owner.stream.send(piece, false);
  write_all(session);
  const std::size_t before = allocations();
  for (int i = 0; i < 100; ++i) {
    owner.stream.send(piece, false);
    write_all(session);
  }
  CHECK(owner.sent == 101);
  if (counts_allocations()) CHECK(allocations() == before);
}

TEST_CASE("h2: a small exchange asks for no memory once the session is warm", "[backend][http2]") {
  Http2Session session({}, epoch);
  greet(session);
  Plain owner;
  const Http2RequestHead head = test::get();
  std::size_t before = 0;
  std::vector<std::string> answers;
  for (std::uint32_t id = 1; id < 40; id += 2) {
    answers.push_back(test::head(id, test::field(":status", "200") + test::field("content-type", "text/plain")) +
                      test::data(id, "hello", true));
  }
  for (const std::string& answer : answers) {
    if (&answer == &answers[2]) before = allocations();
    owner.ended = false;
    const bool opened = session.open(owner.stream, head, false) == Http2Session::Opened::Yes;
    write_all(session);
    session.on_bytes(answer, epoch);
    if (!opened || !owner.ended) FAIL("no answer");
    owner.stream.cancel();
  }
  if (counts_allocations()) CHECK(allocations() == before);
}

TEST_CASE("h2: what is kept for slow owners uses its memory again", "[backend][http2]") {
  Http2Session session({}, epoch);
  greet(session);
  Plain owner;
  owner.takes = false;
  REQUIRE(session.open(owner.stream, test::get(), false) == Http2Session::Opened::Yes);
  write_all(session);
  session.on_bytes(test::ok(1), epoch);
  const std::string frame = test::data(1, std::string(16000, 'x'));
  std::size_t before = 0;
  for (int i = 0; i < 100; ++i) {
    if (i == 3) before = allocations();
    session.on_bytes(frame, epoch);
    while (!owner.stream.kept().empty()) owner.stream.consume(owner.stream.kept().size(), true);
    write_all(session);
  }
  if (counts_allocations()) CHECK(allocations() == before);
}

}  // namespace
}  // namespace cxxproxy::backend
