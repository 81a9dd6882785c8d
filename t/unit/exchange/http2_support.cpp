#include "exchange/http2_support.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <vector>

#include "catch.hpp"

namespace cxxproxy::exchange::test {
namespace {

constexpr int most_rounds = 20000;
constexpr int still_rounds = 8;

}  // namespace

// What is said leaves at once: no round is spent on waiting for an acknowledgement.
Http2End::Http2End(backend::FileDescriptor socket) : fd(std::move(socket)) {
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // not for unix sockets
}

void Http2End::serve() {
  if (fd.get() < 0) return;
  std::array<char, 65536> buffer;
  while (reads && !at_end) {
    const ssize_t got = ::recv(fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    at_end = got == 0;
    if (got <= 0) break;
    peer.on_bytes({buffer.data(), static_cast<std::size_t>(got)});
  }
  pending += peer.bytes();
  if (pending.empty()) return;
  const ssize_t put = ::send(fd.get(), pending.data(), pending.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (put > 0) pending.erase(0, static_cast<std::size_t>(put));
}

Target Http2World::target() {
  Target target = backend.target();
  target.http2 = true;
  return target;
}

void Http2World::round() {
  reactor.turn();
  while (accepts && backend.listener.has_visitor()) ends.emplace_back(backend.listener.accept());
  for (Http2End& end : ends) end.serve();
}

void Http2World::settle() {
  for (int rounds = 0; rounds < still_rounds; ++rounds) round();
}

bool Http2World::until(const std::function<bool()>& so) {
  for (int rounds = 0; rounds < most_rounds; ++rounds) {
    if (so()) return true;
    round();
  }
  return false;
}

void Http2World::pass(engine::Duration by) {
  clock.advance(by);
  settle();
}

Http2Driver::Http2Driver(Http2World& of, const BodyRules& body)
    : world(of), exchange(client, dispatcher, body, {Driver::client_timeout}) {
  dispatcher.targets = {world.target()};
}

Http2Driver::~Http2Driver() { world.backend.pool().forget(*this); }

void Http2Driver::advance(engine::Woken woken) {
  for (;;) {
    std::vector<char> buffer(8192);
    step = exchange.advance(woken, world.reactor.now(), buffer);
    ++turns;
    exchange.watch(world.reactor, *this);
    if (!goes_on(woken)) return;
  }
}

// What the step asks for is there.
bool Http2Driver::goes_on(engine::Woken& woken) {
  woken = {};
  world.reactor.timers().cancel(*this);
  switch (step.kind) {
    case Step::Kind::Done:
      return false;
    case Step::Kind::Lookup:
      exchange.looked_up(exchange.target().addresses->lookup_blocking());
      return true;
    case Step::Kind::Links:
      exchange.got_links(world.links, *this);
      return true;
    case Step::Kind::Slot:
      return !world.backend.pool().await_slot(*this);
    case Step::Kind::Yield:
      world.reactor.timers().set(*this, world.reactor.now());
      return false;
    case Step::Kind::Wait:
      break;
  }
  woken.backend = exchange.take(step.wait.backend);
  if (woken.backend.any()) return true;
  world.reactor.timers().set(*this, step.wait.deadline);
  if (!client.away && step.wait.client.any()) {
    world.reactor.post([this, turn = turns] {
      if (turn == turns) client_ready();
    });
  }
  return false;
}

void Http2Driver::client_ready() {
  if (step.kind != Step::Kind::Wait) return;
  engine::Woken woken;
  woken.client = {step.wait.client.readable, step.wait.client.writable};
  if (woken.client.any()) advance(woken);
}

void Http2Driver::look() {
  if (step.kind != Step::Kind::Wait) return;
  engine::Woken woken;
  woken.backend = exchange.take(step.wait.backend);
  if (woken.backend.any()) advance(woken);
}

void Http2Driver::on_time() noexcept {
  engine::Woken woken;
  woken.timed_out = step.kind == Step::Kind::Wait;
  advance(woken);
}

void Http2Driver::slot_free() noexcept {
  world.reactor.post([this] {
    if (step.kind == Step::Kind::Slot) advance({});
  });
}

}  // namespace cxxproxy::exchange::test
