// Probes on one reactor that the test turns, and the backend that they ask behind real sockets. Time is a fake clock's.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "exchange/http2_support.hpp"
#include "probe/probe.hpp"

namespace cxxproxy::probe::test {

inline constexpr engine::Duration limit = std::chrono::seconds(30);

// Backends of HTTP/2 get on by themselves (`accepts`, see Http2World); others are the test's to accept.
struct ProbeWorld : exchange::test::Http2World {
  ProbeWorld() { accepts = false; }

  // What is asked of its backend, on a connection of its own.
  Question connect();
  Question get();
  Question head();
  Question get_http2();

  Probe::LookUp look_up();

  // The backend's end of the next connection.
  exchange::test::Peer meet();

  // Until the peer has heard something that ends so; all of it.
  std::string hear_until(const exchange::test::Peer& peer, std::string_view last);

  // Until it has heard that nothing comes any more; what came before.
  std::string hear_to_the_end(const exchange::test::Peer& peer);

  // The look-ups that were begun are over, in that order.
  void end_lookups();

  bool holds_lookups = false;  // they end when the test says so
  std::deque<std::function<void()>> lookups;
};

// Somebody who has asked.
class Asker {
 public:
  Asker(ProbeWorld& world, Question question);

  Asker& start() {
    probe->start();
    return *this;
  }

  // It has an answer, in the end; and no second one comes.
  bool answered();

  // The same, and what was wrong.
  std::string trouble();

  ProbeWorld& world;
  int calls = 0;
  Answer answer;
  bool leaves = false;  // the probe is destroyed inside of the call
  std::unique_ptr<Probe> probe;
};

// How many this process has open.
std::size_t open_descriptors();

inline constexpr std::string_view get_on_the_wire =
    "GET /health?deep=1 HTTP/1.1\r\nHost: backend.test:81\r\nUser-Agent: checker\r\nX-Empty: \r\n\r\n";

}  // namespace cxxproxy::probe::test
