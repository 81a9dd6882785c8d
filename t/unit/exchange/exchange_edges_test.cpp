// An exchange driven by a reactor that tells every readiness once and judges no deadline: whatever the exchange forgets
// it waits for in vain.
#include <optional>
#include <vector>

#include "catch.hpp"
#include "engine/reactor_thread.hpp"
#include "exchange/exchange.hpp"
#include "exchange/support.hpp"

namespace cxxproxy::exchange {
namespace {

using engine::test::ReactorThread;
using namespace test;

// On the reactor's thread, but for the construction.
class EdgeDriver final : public engine::Watcher {
 public:
  EdgeDriver(engine::Reactor& reactor, Exchange& exchange, std::size_t buffer_size)
      : reactor_(reactor), exchange_(exchange), buffer_size_(buffer_size) {}

  void advance(engine::Woken woken = {}) {
    for (;;) {
      // Of its own for each turn, so that a sanitizer sees a late look.
      std::vector<char> buffer(buffer_size_);
      step_ = exchange_.advance(woken, reactor_.now(), buffer);
      ++turns_;
      exchange_.watch(reactor_, *this);
      if (!goes_on(woken)) return;
    }
  }

  void on_ready() noexcept override { look(); }
  bool done() const { return turns_ > 0 && step_.kind == Step::Kind::Done; }
  bool failed() const { return failed_; }

 private:
  bool goes_on(engine::Woken& woken) {
    woken = {};
    switch (step_.kind) {
      case Step::Kind::Done:
        return false;
      case Step::Kind::Lookup:
        exchange_.looked_up(exchange_.target().addresses->lookup_blocking());
        return true;
      case Step::Kind::Links:
      case Step::Kind::Slot:
        failed_ = true;
        return false;
      case Step::Kind::Yield:
        reactor_.defer([this] { advance(); });
        return false;
      case Step::Kind::Wait:
        break;
    }
    woken = take();
    if (woken.backend.any() || woken.client.any()) return true;
    if (step_.wait.client.any()) let_client_get_ready();
    return false;
  }

  // Once for each wait, and after the reactor has turned to others.
  void let_client_get_ready() {
    reactor_.post([this, turn = turns_] {
      if (turn != turns_) return;
      client_ = {true, true};
      look();
    });
  }

  engine::Woken take() {
    engine::Woken woken;
    const engine::Wait& wanted = step_.wait;
    woken.backend = exchange_.take(wanted.backend);
    woken.client = {wanted.client.readable && client_.readable, wanted.client.writable && client_.writable};
    if (woken.client.readable) client_.readable = false;
    if (woken.client.writable) client_.writable = false;
    return woken;
  }

  void look() {
    if (step_.kind != Step::Kind::Wait) return;
    const engine::Woken woken = take();
    if (woken.backend.any() || woken.client.any()) advance(woken);
  }

  engine::Reactor& reactor_;
  Exchange& exchange_;
  const std::size_t buffer_size_;
  Step step_;
  engine::Readiness client_;
  int turns_ = 0;
  bool failed_ = false;
};

// One exchange on the reactor; the test is the backend.
class Run {
 public:
  Run(World& world, ReactorThread& thread, std::size_t buffer_size = 8192, const BodyRules& body = {})
      : thread_(thread), exchange_(world.client, world.dispatcher, body, {Driver::client_timeout}) {
    driver_.emplace(thread.reactor(), exchange_, buffer_size);
  }

  Run& start() {
    thread_.run([this] { driver_->advance(); });
    return *this;
  }
  EdgeDriver& driver() { return *driver_; }

  // BLOCKS until the exchange is over.
  const Outcome& outcome() {
    CHECK(thread_.comes_true([this] { return driver_->done(); }));
    return exchange_.outcome();
  }

 private:
  ReactorThread& thread_;
  Exchange exchange_;
  std::optional<EdgeDriver> driver_;
};

std::string hear(const Peer& peer, std::size_t size) { return backend::test::hear(peer.fd(), size); }

// The pieces of a text, with and without pauses in which everything that can be done is done.
void say_in_pieces(ReactorThread& thread, const Peer& peer, std::string_view text, std::size_t size) {
  for (int piece = 0; !text.empty(); ++piece) {
    peer.say(text.substr(0, size));
    text.remove_prefix(std::min(size, text.size()));
    if (piece % 3 != 0) thread.look_around();
  }
}

TEST_CASE("over edges an answer arrives whole, whatever the buffer and however it comes", "[exchange]") {
  World world;
  ReactorThread thread;
  const std::size_t buffer = GENERATE(as<std::size_t>(), 64, 1000, 8192, 65536);
  const std::size_t piece = GENERATE(as<std::size_t>(), 64, 1000, 8192, 200000);
  const std::string body = pattern(100 * std::min<std::size_t>(piece, 1000));
  Run run(world, thread, buffer);
  run.start();
  const Peer peer(world.backend.listener.accept());
  CHECK(hear(peer, get_on_the_wire.size()) == get_on_the_wire);
  say_in_pieces(
      thread, peer,
      "HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
      piece);
  CHECK(run.outcome().kind == Kind::Answered);
  CHECK(world.client.received == body);
  CHECK(world.client.events.front() == "interim 103");
  CHECK(world.backend.pool().stats().idle == 1);
}

TEST_CASE("over edges a client that is full again and again gets the whole answer", "[exchange]") {
  World world;
  ReactorThread thread;
  const std::size_t buffer = GENERATE(as<std::size_t>(), 64, 8192);
  const std::size_t read_size = GENERATE(as<std::size_t>(), 0, 50);
  world.dispatcher.targets.front().read_size = read_size;
  const std::string body = pattern(30000);
  for (int i = 0; i < 100; ++i) world.client.flows.push_back(i % 4 == 3 ? Flow::Ready : Flow::Full);
  Run run(world, thread, buffer);
  run.start();
  const Peer peer(world.backend.listener.accept());
  // All at once: there is one edge for it.
  peer.say("HTTP/1.1 200 OK\r\nContent-Length: 30000\r\n\r\n" + body);
  CHECK(run.outcome().kind == Kind::Answered);
  CHECK(world.client.received == body);
}

TEST_CASE("over edges an answer that ends with the connection ends", "[exchange]") {
  World world;
  ReactorThread thread;
  const std::size_t buffer = GENERATE(as<std::size_t>(), 64, 65536);
  const bool pause = GENERATE(true, false);
  const std::string body = pattern(20000);
  Run run(world, thread, buffer);
  run.start();
  Peer peer(world.backend.listener.accept());
  static_cast<void>(hear(peer, get_on_the_wire.size()));
  peer.say("HTTP/1.1 200 OK\r\n\r\n" + body);
  if (pause) thread.look_around();
  peer.close();
  CHECK(run.outcome().kind == Kind::Answered);
  CHECK(world.client.received == body);
}

TEST_CASE("over edges a large body gets through to a backend that is slow to read", "[exchange]") {
  World world;
  ReactorThread thread;
  const std::string body = pattern(3 << 20);
  const std::size_t piece = GENERATE(as<std::size_t>(), 5000, 200000);
  for (std::size_t at = 0; at < body.size(); at += piece) {
    world.client.body_script.push_back(bytes(body.substr(at, piece)));
    if (at % 3 != 0) world.client.body_script.push_back(test::wait());
  }
  world.dispatcher.post();
  Run run(world, thread, 8192, with_body(BodyRules::Large::Length, body.size()));
  run.start();
  const Peer peer(world.backend.listener.accept());
  const std::string wanted = post_with_length(body);
  std::string heard;
  while (heard.size() < wanted.size()) {
    thread.look_around();
    const std::string more = hear(peer, std::min<std::size_t>(500000, wanted.size() - heard.size()));
    REQUIRE_FALSE(more.empty());
    heard += more;
  }
  CHECK(heard == wanted);
  peer.say(small_answer);
  CHECK(run.outcome().kind == Kind::Answered);
  CHECK(world.backend.pool().stats().idle == 1);
}

TEST_CASE("over edges a backend may answer while it is still being sent to", "[exchange]") {
  World world;
  ReactorThread thread;
  world.client.body_script = {bytes(pattern(8 << 20))};
  world.dispatcher.post();
  Run run(world, thread, 8192, with_body());
  run.start();
  const Peer peer(world.backend.listener.accept());
  thread.look_around();
  peer.say(small_answer);
  CHECK(run.outcome().kind == Kind::Answered);
  CHECK(run.outcome().body_unread);
  CHECK(world.client.received == "ok");
}

TEST_CASE("over edges a body waits for its 100", "[exchange]") {
  World world;
  ReactorThread thread;
  world.client.body_script = {bytes("hello")};
  world.dispatcher.post();
  world.dispatcher.targets.front().wait_for_continue = true;
  Run run(world, thread, GENERATE(as<std::size_t>(), 5, 8192), with_body());
  run.start();
  const Peer peer(world.backend.listener.accept());
  const std::string head = post_with_length("hello").substr(0, post_with_length("hello").size() - 5);
  CHECK(hear(peer, head.size()) == head);
  peer.say("HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(hear(peer, 5) == "hello");
  peer.say(small_answer);
  CHECK(run.outcome().kind == Kind::Answered);
}

TEST_CASE("over edges an answer that nobody wants is read away", "[exchange]") {
  World world;
  ReactorThread thread;
  world.client.head_use = HeadUse::Discard;
  Run run(world, thread, 64);
  run.start();
  const Peer peer(world.backend.listener.accept());
  peer.say("HTTP/1.1 404 Not Found\r\nContent-Length: 5000\r\n\r\n" + pattern(5000));
  CHECK(run.outcome().kind == Kind::Replaced);
  CHECK(world.backend.pool().stats().idle == 1);
}

TEST_CASE("over edges a kept connection serves one request after the other, and is watched once", "[exchange]") {
  World world;
  ReactorThread thread;
  std::optional<Peer> peer;
  for (int round = 0; round < 5; ++round) {
    world.next_request();
    world.dispatcher.targets.front().careful = round % 2 == 0;
    // The answer may fill the buffer exactly.
    Run run(world, thread, round == 3 ? small_answer.size() : 8192);
    run.start();
    if (!peer) peer.emplace(world.backend.listener.accept());
    CHECK(hear(*peer, get_on_the_wire.size()) == get_on_the_wire);
    if (round == 2) thread.look_around();
    peer->say(small_answer);
    CHECK(run.outcome().kind == Kind::Answered);
    CHECK(world.client.received == "ok");
    CHECK(thread.reactor().watched() == 1);
  }
  CHECK_FALSE(world.backend.listener.has_visitor());
  CHECK(world.backend.pool().stats().reused == 4);
}

TEST_CASE("over edges a request goes to a fresh connection when the watched one has just been closed", "[exchange]") {
  World world;
  ReactorThread thread;
  Peer first;
  {
    Run run(world, thread);
    run.start();
    first = Peer(world.backend.listener.accept());
    first.say(small_answer);
    CHECK(run.outcome().kind == Kind::Answered);
  }
  world.next_request();
  const bool careful = GENERATE(true, false);
  world.dispatcher.targets.front().careful = careful;
  Run run(world, thread);
  thread.look_around();
  // In the same round, so that nobody can have told.
  thread.run([&] {
    first.close();
    run.driver().advance();
  });
  const Peer peer(world.backend.listener.accept());
  CHECK(hear(peer, get_on_the_wire.size()) == get_on_the_wire);
  peer.say(small_answer);
  CHECK(run.outcome().kind == Kind::Answered);
  CHECK(world.client.received == "ok");
  CHECK(world.dispatcher.failures.empty());
  CHECK(world.backend.pool().stats().stale == (careful ? 1 : 0));
  CHECK(world.backend.pool().stats().reused == (careful ? 0 : 1));
}

}  // namespace
}  // namespace cxxproxy::exchange
