#include "backend/http2/link.hpp"

#include <nghttp2/nghttp2.h>
#include <sys/socket.h>

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "backend/http2/peer.hpp"
#include "backend/loopback.hpp"
#include "catch.hpp"
#include "engine/fake_clock.hpp"
#include "engine/reactor.hpp"

namespace cxxproxy::backend {
namespace {

using test::Owner;

// A link, a backend at the other end of its socket, and a loop that the test steps through.
struct Bench final : Http2LinkOwner {
  explicit Bench(const Http2Patience& patience = {}) : patience(patience) {}

  void on_turn(Http2Link&) noexcept override {
    ++turns;
    if (at_turn) at_turn();
  }
  void on_leaving(Http2Link&) noexcept override { ++leaving; }
  void on_done(Http2Link&) noexcept override {
    ++done;
    if (destroys) link.reset();
  }

  // Makes the link on the loop, then runs rounds: before each, `step` (false: the end); the backend reads and answers
  // in between.
  void run(const std::function<bool()>& step) {
    int rounds = 0;
    const std::function<void()> round = [&] {
      if (!link && !made) make();
      const bool on = step();
      if (!on || ++rounds == 20000) return reactor.stop();
      if (served) serve();
      reactor.defer(round);
    };
    reactor.post(round);
    reactor.run();
    CHECK(rounds < 20000);
    link.reset();
  }

  void make() {
    made = true;
    link = std::make_unique<Http2Link>(std::move(ends.ours), reactor, Http2Limits(), patience, *this);
  }

  void serve() {
    std::array<char, 65536> buffer;
    while (true) {
      const ssize_t got = ::recv(ends.theirs.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got <= 0) break;
      peer.on_bytes({buffer.data(), static_cast<std::size_t>(got)});
    }
    pending += peer.bytes();
    const ssize_t put = ::send(ends.theirs.get(), pending.data(), pending.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put > 0) pending.erase(0, static_cast<std::size_t>(put));
  }

  void open(Owner& owner, bool has_body = false) {
    REQUIRE(link->session().open(owner.stream, test::get(), has_body) == Http2Session::Opened::Yes);
  }

  Http2Patience patience;
  engine::FakeClock clock;
  engine::Reactor reactor{clock};
  test::Link ends = test::pair();
  test::Peer peer;
  std::string pending{};
  std::unique_ptr<Http2Link> link{};
  bool made = false;
  bool served = true;  // the backend reads and writes
  bool destroys = false;
  std::function<void()> at_turn{};
  int turns = 0;
  int leaving = 0;
  int done = 0;
};

// A body for what is asked, once.
void answer_all(Bench& bench, const std::string& body) {
  for (auto& [id, request] : bench.peer.requests) {
    if (id == 0 || !request.ended || request.trailers == test::Pairs{{"answered", ""}}) continue;
    request.trailers = {{"answered", ""}};
    bench.peer.answer(id, "200", {}, body);
  }
}

TEST_CASE("a link carries requests and answers over its socket", "[backend][http2]") {
  Bench bench;
  Owner owners[10];
  const std::string upload(300000, 'u');
  const std::string body(1000000, 'x');
  bool opened = false;
  bench.run([&] {
    if (!opened) {
      opened = true;
      for (Owner& owner : owners) bench.open(owner, true);
      for (Owner& owner : owners) owner.stream.send(upload, true);
    }
    answer_all(bench, body);
    return std::any_of(std::begin(owners), std::end(owners), [](const Owner& owner) { return owner.ends == 0; });
  });
  for (int i = 0; i < 10; ++i) {
    CHECK((bench.peer.requests[2 * i + 1].body == upload));
    CHECK((owners[i].body == body));
    CHECK(owners[i].sent == 1);
  }
  CHECK(bench.leaving == 0);
}

TEST_CASE("what is asked for in one round leaves in one write", "[backend][http2]") {
  Bench bench;
  Owner owners[10];
  int round = 0;
  std::uint64_t before = 0;
  bench.run([&] {
    if (++round == 20) {
      before = bench.link->connection()->bytes_written();
      for (Owner& owner : owners) bench.open(owner);
      CHECK(bench.link->connection()->bytes_written() == before);
      bench.served = false;
    }
    if (round < 22) return true;
    std::array<char, 65536> buffer;
    const ssize_t got = ::recv(bench.ends.theirs.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    CHECK(got > 0);
    CHECK(static_cast<std::uint64_t>(got) == bench.link->connection()->bytes_written() - before);
    bench.peer.on_bytes({buffer.data(), static_cast<std::size_t>(got)});
    CHECK(bench.peer.requests.count(19) == 1);
    return false;
  });
}

TEST_CASE("a backend that does not read holds nobody else up, and gets all in the end", "[backend][http2]") {
  Bench bench;
  Owner owner;
  const std::string upload(60000, 'u');
  int pieces = 0;
  owner.at_sent = [&] {
    if (++pieces < 50) owner.stream.send(upload, pieces == 49);
  };
  int round = 0;
  bench.run([&] {
    if (++round == 1) {
      bench.open(owner, true);
      owner.stream.send(upload, false);
    }
    bench.served = round > 200;
    return !bench.peer.requests[1].ended;
  });
  CHECK(bench.peer.requests[1].body.size() == 50 * upload.size());
}

TEST_CASE("the close of a connection is told to its streams, then to its owner", "[backend][http2]") {
  Bench bench;
  bench.destroys = true;
  Owner owner;
  int round = 0;
  bench.run([&] {
    if (++round == 1) bench.open(owner);
    if (round == 20) {
      bench.served = false;
      bench.ends.theirs.reset();
    }
    return bench.done == 0;
  });
  REQUIRE(owner.failure);
  CHECK(owner.failure->fault == Http2Fault::Closed);
  CHECK(owner.failure->reach == Http2Reach::Unknown);
  CHECK(bench.leaving == 1);
  CHECK(bench.done == 1);
}

TEST_CASE("an idle connection that is closed is noticed", "[backend][http2]") {
  Bench bench;
  bench.destroys = true;
  int round = 0;
  bench.run([&] {
    if (++round == 20) {
      CHECK(bench.link->is_idle());
      bench.served = false;
      bench.ends.theirs.reset();
    }
    return bench.done == 0;
  });
  CHECK(bench.leaving == 1);
}

TEST_CASE("after GOAWAY the last stream takes the link with it", "[backend][http2]") {
  Bench bench;
  bench.destroys = true;
  Owner owner;
  int round = 0;
  bench.run([&] {
    if (++round == 1) bench.open(owner);
    if (round == 20) bench.peer.goaway(1);
    if (round == 40) {
      CHECK(bench.leaving == 1);
      CHECK(bench.done == 0);
      bench.peer.answer(1, "200", {}, "last");
    }
    if (owner.ends == 1 && owner.stream.is_attached()) owner.stream.cancel();
    return bench.done == 0;
  });
  CHECK(owner.body == "last");
}

TEST_CASE("a link without streams that its owner retires after a turn says goodbye and is done", "[backend][http2]") {
  Bench bench;
  bench.destroys = true;
  Owner owner;
  bool retired = false;
  bench.at_turn = [&] {
    if (owner.ends == 0 || !bench.link->is_idle()) return;
    CHECK_FALSE(retired);
    retired = true;
    bench.link->session().retire();
    CHECK(bench.leaving == 0);
    bench.served = false;
  };
  int round = 0;
  bench.run([&] {
    if (++round == 1) bench.open(owner);
    if (round == 20) bench.peer.answer(1, "200", {}, "all");
    if (owner.ends == 1 && owner.stream.is_attached()) owner.stream.cancel();
    return bench.done == 0;
  });
  CHECK(retired);
  CHECK(bench.leaving == 1);
  const std::string goodbye = test::hear(bench.ends.theirs, 9 + 8);
  CHECK(goodbye == test::frame(test::goaway_frame, 0, 0, test::number(0) + test::number(NGHTTP2_NO_ERROR)));
  CHECK(test::is_closed(bench.ends.theirs));
}

TEST_CASE("a link with streams that its owner retires after a turn goes on with them", "[backend][http2]") {
  Bench bench;
  bench.destroys = true;
  Owner owner;
  bench.at_turn = [&] {
    if (!owner.head.empty()) bench.link->session().retire();
  };
  int round = 0;
  bench.run([&] {
    if (++round == 1) bench.open(owner);
    if (round == 20) bench.peer.interim(1, "103");
    if (round == 40) bench.peer.answer(1, "200", {}, std::string(200000, 'x'));
    if (owner.ends == 1 && owner.stream.is_attached()) owner.stream.cancel();
    return bench.done == 0;
  });
  CHECK(owner.body.size() == 200000);
  CHECK(bench.leaving == 1);
  CHECK_FALSE(owner.failure);
}

TEST_CASE("after a turn there may be room for a stream that had none", "[backend][http2]") {
  Bench bench;
  bench.peer.settings(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1);
  Owner first;
  Owner second;
  bench.at_turn = [&] {
    const bool waits = first.ends == 1 && second.ends == 0 && !second.stream.is_attached();
    if (waits && bench.link->session().has_room()) bench.open(second);
  };
  int round = 0;
  bench.run([&] {
    if (++round == 20) bench.open(first);
    if (round == 30) CHECK_FALSE(bench.link->session().has_room());
    if (round == 40) bench.peer.answer(1, "200", {}, "one");
    if (first.ends == 1 && first.stream.is_attached()) first.stream.cancel();
    if (bench.peer.requests.count(3) == 1) answer_all(bench, "two");
    return second.ends == 0;
  });
  CHECK(second.body == "two");
}

TEST_CASE("a link that waits has no turns", "[backend][http2]") {
  Bench bench;
  int round = 0;
  int before = 0;
  bench.run([&] {
    if (++round == 50) before = bench.turns;
    return round < 100;
  });
  CHECK(before > 0);
  CHECK(bench.turns == before);
}

TEST_CASE("idleness is known after the turn in which the last stream has left", "[backend][http2]") {
  Bench bench;
  Owner owner;
  owner.at_end = [&] { owner.stream.cancel(); };
  engine::TimePoint since{};
  bench.at_turn = [&] {
    if (owner.ends == 1 && bench.link->is_idle()) since = bench.link->idle_since();
  };
  int round = 0;
  bench.run([&] {
    if (++round == 1) bench.open(owner);
    if (round == 20) {
      bench.clock.advance(std::chrono::seconds(3));
      bench.peer.answer(1, "200", {}, "all");
    }
    return since == engine::TimePoint{};
  });
  CHECK(since == bench.clock.now());
}

TEST_CASE("a complete answer is taken from a link that is closed", "[backend][http2]") {
  Bench bench;
  bench.destroys = true;
  Owner owner;
  owner.appetite = 0;
  int round = 0;
  bench.run([&] {
    if (++round == 1) bench.open(owner);
    if (round == 20) bench.peer.answer(1, "200", {}, "whole");
    if (round == 40) bench.ends.theirs.reset();
    bench.served = round < 40;
    if (round == 60) {
      CHECK(bench.link->connection() == nullptr);
      CHECK(bench.done == 0);
      CHECK(owner.take_kept() == "whole");
      owner.stream.cancel();
    }
    return bench.done == 0;
  });
  CHECK_FALSE(owner.failure);
}

Http2Patience short_patience() {
  Http2Patience patience;
  patience.silence = std::chrono::seconds(5);
  return patience;
}

TEST_CASE("SETTINGS that nobody acknowledges end the link", "[backend][http2]") {
  Bench bench;
  bench.destroys = true;
  bench.served = false;
  Owner owner;
  int round = 0;
  bench.run([&] {
    if (++round == 1) bench.open(owner);
    if (round == 10) bench.clock.advance(std::chrono::seconds(9));
    if (round == 20) {
      CHECK(bench.done == 0);
      bench.clock.advance(std::chrono::seconds(2));
    }
    return bench.done == 0;
  });
  REQUIRE(owner.failure);
  CHECK(owner.failure->fault == Http2Fault::NoSettingsAck);
}

TEST_CASE("a backend that is silent is asked, and may go on being silent if it answers", "[backend][http2]") {
  Bench bench(short_patience());
  bench.destroys = true;
  Owner owner;
  int round = 0;
  bench.run([&] {
    if (++round == 1) bench.open(owner);
    if (round % 20 == 0 && round <= 100) bench.clock.advance(std::chrono::seconds(6));
    if (round == 110) {
      CHECK_FALSE(owner.failure);
      bench.served = false;  // dead from now on
      bench.clock.advance(std::chrono::seconds(6));
    }
    if (round == 120) {
      CHECK(bench.link->session().pinged_at());
      bench.clock.advance(std::chrono::seconds(11));
    }
    return bench.done == 0;
  });
  REQUIRE(owner.failure);
  CHECK(owner.failure->fault == Http2Fault::NoPong);
}

TEST_CASE("a link that is destroyed tells its streams", "[backend][http2]") {
  Bench bench;
  Owner owner;
  int round = 0;
  bench.run([&] {
    if (++round == 1) bench.open(owner);
    return round < 10;
  });
  REQUIRE(owner.failure);
  CHECK(owner.failure->fault == Http2Fault::Ended);
  CHECK(test::is_closed(bench.ends.theirs));
}

TEST_CASE("a link that a fault of the backend ends says goodbye", "[backend][http2]") {
  Bench bench;
  bench.destroys = true;
  int round = 0;
  std::string heard;
  bench.run([&] {
    if (++round == 20) {
      bench.served = false;
      test::say(bench.ends.theirs, test::data(77, "x"));
    }
    return bench.done == 0;
  });
  heard = test::hear(bench.ends.theirs, 9 + 8 + 20);
  CHECK(heard == test::frame(test::goaway_frame, 0, 0,
                             test::number(0) + test::number(NGHTTP2_PROTOCOL_ERROR) + "DATA: stream in idle"));
}

}  // namespace
}  // namespace cxxproxy::backend
