#include "exchange/support.hpp"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <stdexcept>

#include "catch.hpp"
#include "engine/poll.hpp"

namespace cxxproxy::exchange::test {
namespace {

using namespace std::chrono_literals;

constexpr int most_turns = 100000;

// A client's socket that is always ready.
int ready_descriptor() {
  static const backend::FileDescriptor fd(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
  return fd.get();
}

}  // namespace

Backend::Backend(const engine::Clock& clock, const backend::PoolSettings& settings, std::chrono::seconds name_ttl)
    : listener(backend::test::Listener::v4()),
      endpoints{listener.endpoint()},
      book_({"backend.test", 80, {}}, name_ttl, clock,
            [this](const backend::Origin&) -> backend::Result<backend::Endpoints> {
              ++lookups;
              if (lookup_error) return *lookup_error;
              return endpoints;
            }),
      pool_(settings, clock) {}

Target Backend::target() {
  Target target;
  target.addresses = &book_;
  target.pool = &pool_;
  target.connect_timeout = Driver::connect_timeout;
  target.timeout = Driver::backend_timeout;
  return target;
}

std::string Peer::hear_at_once() const {
  std::string text;
  std::array<char, 65536> part;
  for (;;) {
    const auto got = ::recv(fd_.get(), part.data(), part.size(), MSG_DONTWAIT);
    if (got <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
}

bool Peer::at_end() const {
  char byte;
  const auto got = ::recv(fd_.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK);
  return got == 0 || (got < 0 && errno != EAGAIN);
}

bool Peer::sees_close() const {
  while (!at_end()) {
    if (hear_at_once().empty() && !backend::test::await({fd_.get(), true, false})) return false;
  }
  return true;
}

void Peer::reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd_.reset();
}

Driver::Driver(engine::FakeClock& clock, FakeClient& client, FakeDispatcher& dispatcher, const BodyRules& body)
    : clock_(clock), client_(client), exchange_(client, dispatcher, body, {client_timeout}) {}

void Driver::advance(const engine::Woken& woken) {
  started_ = true;
  std::vector<char> buffer(buffer_size);
  step = exchange_.advance(woken, clock_.now(), buffer);
}

bool Driver::sockets_ready(engine::Duration patience, engine::Woken& woken) {
  engine::Wait wait = step.wait;
  if (wait.deadline == engine::never) throw std::logic_error("a wait without end");
  if (client_.away) wait.client = {};
  if (!wait.backend.any() && !wait.client.any()) return false;
  const auto& real = engine::steady_clock();
  wait.deadline = engine::deadline_after(real.now(), patience);
  woken = engine::wait_blocking(wait, ready_descriptor(), real);
  return !woken.timed_out && woken.error == 0;
}

// False: what the exchange waits for did not come.
bool Driver::go_on(engine::Duration patience) {
  engine::Woken woken;
  switch (step.kind) {
    case Step::Kind::Done:
      return false;
    case Step::Kind::Lookup:
      exchange_.looked_up(exchange_.target().addresses->lookup_blocking());
      break;
    case Step::Kind::Slot:
      exchange_.got_slot(exchange_.target().pool->acquire_blocking());
      break;
    case Step::Kind::Links:
      throw std::logic_error("these exchanges know no HTTP/2");
    case Step::Kind::Yield:
      break;
    case Step::Kind::Wait:
      if (!sockets_ready(patience, woken)) return false;
      break;
  }
  advance(woken);
  return true;
}

void Driver::settle() {
  if (!started_) advance();
  for (int turns = 0; go_on(0s); ++turns) {
    if (turns == most_turns) throw std::logic_error("the exchange spins");
  }
}

void Driver::tell(const Peer& peer, std::string_view text) {
  settle();
  peer.say(text);
  if (step.wait.backend.readable) static_cast<void>(backend::test::await({step.wait.backend.fd, true, false}));
  settle();
}

Peer Driver::meet(const Backend& backend) {
  settle();
  while (!backend.listener.has_visitor() && go_on(10s)) {
  }
  Peer peer(backend.listener.accept());
  settle();
  return peer;
}

std::string Driver::hear(const Peer& peer, std::size_t size) {
  std::string text;
  for (;;) {
    settle();
    const std::string more = peer.hear_at_once();
    text += more;
    if (text.size() >= size) return text;
    const bool hopeless = peer.at_end() || !backend::test::await({peer.fd().get(), true, false});
    if (more.empty() && hopeless) throw std::runtime_error("the backend hears no more");
  }
}

std::string Driver::hear_until(const Peer& peer, std::string_view last) {
  std::string text;
  while (!text.ends_with(last)) text += hear(peer, 1);
  return text;
}

const Outcome& Driver::run() {
  settle();
  while (go_on(10s)) {
  }
  if (!done()) throw std::runtime_error("the exchange does not end");
  return outcome();
}

void Driver::time_out() {
  settle();
  clock_.advance(patience());
  advance({.backend = {}, .client = {}, .timed_out = true, .error = 0});
}

void World::next_request() {
  client = FakeClient();
  dispatcher = FakeDispatcher();
  dispatcher.targets = {backend.target()};
}

Peer World::keep_connection() {
  Driver driver(clock, client, dispatcher);
  Peer peer = driver.meet(backend);
  static_cast<void>(driver.hear_until(peer, "\r\n\r\n"));
  kept_descriptor = driver.step.wait.backend.fd;
  peer.say(small_answer);
  static_cast<void>(driver.run());
  next_request();
  return peer;
}

BodyRules with_body(BodyRules::Large large, std::optional<std::uint64_t> length) {
  BodyRules rules;
  rules.present = true;
  rules.length = length;
  rules.large = large;
  return rules;
}

std::string post_with_length(std::string_view body) {
  return "POST /x HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

void check_failed(const World& world, const Driver& driver, balance::Reason reason, int status, bool repeatable) {
  CHECK(driver.done());
  CHECK(driver.outcome().kind == Outcome::Kind::Failed);
  CHECK(driver.outcome().status == status);
  CHECK(driver.outcome().failure.reason == reason);
  REQUIRE(world.dispatcher.failures.size() == 1);
  CHECK(world.dispatcher.failures[0].failure.reason == reason);
  CHECK(world.dispatcher.failures[0].repeatable == repeatable);
  CHECK(world.client.calls_after_end == 0);
}

void check_told_of_every_end(World& world) {
  CHECK(world.dispatcher.traffic.size() == static_cast<std::size_t>(world.dispatcher.connections));
  CHECK(world.backend.pool().stats().leased == 0);
}

}  // namespace cxxproxy::exchange::test
