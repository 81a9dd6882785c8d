// An exchange with both its ends in the test's hand: the client is a script, the backend a socket that the test reads
// and writes between two turns. Time is a fake clock's; whoever waits for a socket waits seconds at most.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/address_book.hpp"
#include "backend/loopback.hpp"
#include "backend/pool.hpp"
#include "engine/fake_clock.hpp"
#include "exchange/exchange.hpp"
#include "exchange/fakes.hpp"

namespace cxxproxy::exchange::test {

// What most tests name.
using balance::Reason;
using Kind = Outcome::Kind;
using Large = BodyRules::Large;
using Events = std::vector<std::string>;
using Traffic = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

// One backend: where it listens, and what is known about it.
class Backend {
 public:
  explicit Backend(const engine::Clock& clock, const backend::PoolSettings& settings = {},
                   std::chrono::seconds name_ttl = std::chrono::seconds(-1));

  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  Target target();
  backend::Pool& pool() { return pool_; }

  backend::test::Listener listener;
  backend::Endpoints endpoints;                // what its name stands for
  std::optional<backend::Error> lookup_error;  // instead
  int lookups = 0;

 private:
  backend::AddressBook book_;
  backend::Pool pool_;
};

// The backend's end of one connection.
class Peer {
 public:
  Peer() = default;
  explicit Peer(backend::FileDescriptor fd) : fd_(std::move(fd)) {}

  void say(std::string_view text) const { backend::test::say(fd_, text); }
  std::string hear_at_once() const;  // what is there, perhaps nothing
  bool at_end() const;               // there is nothing more to hear, now and ever
  bool sees_close() const;           // within a few seconds; what comes before is thrown away
  void close() { fd_.reset(); }
  void reset();  // as a backend that dies does
  const backend::FileDescriptor& fd() const { return fd_; }

 private:
  backend::FileDescriptor fd_;
};

// Drives one exchange, as a thread of the server would.
class Driver {
 public:
  static constexpr engine::Duration client_timeout = std::chrono::seconds(7);
  static constexpr engine::Duration backend_timeout = std::chrono::seconds(11);
  static constexpr engine::Duration continue_timeout = std::chrono::seconds(3);
  static constexpr engine::Duration connect_timeout = std::chrono::seconds(5);

  Driver(engine::FakeClock& clock, FakeClient& client, FakeDispatcher& dispatcher, const BodyRules& body = {});

  std::size_t buffer_size = 8192;
  Step step;

  // One turn. The buffer is another one each time.
  void advance(const engine::Woken& woken = {});

  // Turns until nothing can be done without the test: no socket is ready, or it is Done. The client's socket is ready
  // unless it is away. Slots and lookups are answered.
  void settle();

  // The peer says something, and all that follows from it happens.
  void tell(const Peer& peer, std::string_view text);

  // Settles, and the backend's end of the new connection.
  Peer meet(const Backend& backend);

  // Settles until the peer has heard so many bytes at the least, or something that ends in a text.
  std::string hear(const Peer& peer, std::size_t size);
  std::string hear_until(const Peer& peer, std::string_view last);

  // Settles again and again until it is Done.
  const Outcome& run();

  // The deadline comes before anything else does.
  void time_out();
  engine::Duration patience() const { return step.wait.deadline - clock_.now(); }

  bool done() const { return started_ && step.kind == Step::Kind::Done; }
  const Outcome& outcome() const { return exchange_.outcome(); }
  Exchange& exchange() { return exchange_; }

 private:
  bool go_on(engine::Duration patience);
  bool sockets_ready(engine::Duration patience, engine::Woken& woken);

  engine::FakeClock& clock_;
  const FakeClient& client_;
  Exchange exchange_;
  bool started_ = false;
};

// What most tests begin with.
struct World {
  engine::FakeClock clock;
  FakeClient client;
  FakeDispatcher dispatcher;
  Backend backend{clock};

  World() { dispatcher.targets = {backend.target()}; }

  // Another request to the same backend.
  void next_request();

  // The pool holds one connection that has carried an exchange; its other end.
  Peer keep_connection();
  int kept_descriptor = -1;  // of that connection, to be waited for only
};

// The rules for a request with a body.
BodyRules with_body(BodyRules::Large large = BodyRules::Large::Chunked,
                    std::optional<std::uint64_t> length = std::nullopt);

// A POST as the backend gets it.
std::string post_with_length(std::string_view body);

// The only attempt failed for this reason, and the client gets this status.
void check_failed(const World& world, const Driver& driver, balance::Reason reason, int status, bool repeatable);

// The dispatcher heard of the end of every connection, and no slot is held any more.
void check_told_of_every_end(World& world);

inline constexpr std::string_view get_on_the_wire = "GET /x HTTP/1.1\r\n\r\n";
inline constexpr std::string_view small_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace cxxproxy::exchange::test
