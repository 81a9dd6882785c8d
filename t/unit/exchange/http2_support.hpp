// Exchanges over HTTP/2 on one reactor that the test turns, and their backend behind real sockets. Time is a fake
// clock's.
#pragma once

#include <functional>
#include <list>
#include <string>

#include "backend/http2/peer.hpp"
#include "exchange/http2_links.hpp"
#include "exchange/support.hpp"

namespace cxxproxy::exchange::test {

// The backend's end of one connection.
struct Http2End {
  explicit Http2End(backend::FileDescriptor socket);

  void serve();  // reads and writes what can be
  void close() { fd.reset(); }

  backend::FileDescriptor fd;
  backend::test::Peer peer;
  std::string pending;
  bool reads = true;
  bool at_end = false;  // we have closed it
};

struct Http2World {
  explicit Http2World(const backend::PoolSettings& settings = {}, const Http2Links::Options& options = {})
      : backend(clock, settings), links(reactor, options) {}

  Target target();

  // One round of the loop, then the backend's turn.
  void round();
  void settle();  // until all is still

  // Rounds until it is so; false: it never is.
  bool until(const std::function<bool()>& so);

  // So much time goes by.
  void pass(engine::Duration by);

  engine::FakeClock clock;
  engine::Reactor reactor{clock};
  Backend backend;
  Http2Links links;
  std::list<Http2End> ends;  // in the order in which they were accepted
  bool accepts = true;
};

// An exchange on that reactor, as ExchangeDriver has it.
class Http2Driver final : private engine::Watcher, private engine::Timer, private backend::SlotWaiter {
 public:
  explicit Http2Driver(Http2World& world, const BodyRules& body = {});
  ~Http2Driver();

  Http2Driver& start() {
    advance({});
    return *this;
  }
  void client_ready();  // the client can be read from and written to
  bool done() const { return step.kind == Step::Kind::Done && turns > 0; }
  const Outcome& outcome() const { return exchange.outcome(); }

  // It is over, with the backend's answer.
  bool is_answered(std::string_view body) const {
    return done() && outcome().kind == Kind::Answered && client.received == body;
  }

  Http2World& world;
  FakeClient client;
  FakeDispatcher dispatcher;
  Exchange exchange;
  Step step;
  int turns = 0;  // calls of Exchange::advance()

 private:
  void on_ready() noexcept override { look(); }
  void on_time() noexcept override;
  void slot_free() noexcept override;
  void advance(engine::Woken woken);
  bool goes_on(engine::Woken& woken);
  void look();
};

// A world with one request that has reached the backend.
struct Asked {
  explicit Asked(const BodyRules& body = {}, bool post = false) : driver(world, body) {
    if (post) driver.dispatcher.post();
  }
  void reach() {
    driver.start();
    REQUIRE(world.until([this] { return !world.ends.empty() && peer().requests.count(1) == 1; }));
  }
  backend::test::Peer& peer() { return world.ends.front().peer; }
  bool over() {
    return world.until([this] { return driver.done(); });
  }

  Http2World world;
  Http2Driver driver;
};

}  // namespace cxxproxy::exchange::test
