#include "engine/poll.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "engine/fake_clock.hpp"
#include "engine/signal_rain.hpp"

namespace cxxproxy::engine {
namespace {

using namespace std::chrono_literals;

// A pipe: what is written to `in` comes out of `out`.
struct Pipe {
  Pipe() { REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0); }
  Pipe(const Pipe&) = delete;
  ~Pipe() {
    ::close(out());
    close_in();
  }

  int out() const { return ends[0]; }
  int in() const { return ends[1]; }
  void fill_one() const { REQUIRE(::write(in(), "x", 1) == 1); }
  void fill_up() const {
    const std::vector<char> block(4096);
    while (::write(in(), block.data(), block.size()) > 0) continue;
  }
  void close_in() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }

  int ends[2] = {-1, -1};
};

constexpr Interest to_read(int fd) { return {fd, true, false}; }
constexpr Interest to_write(int fd) { return {fd, false, true}; }
const TimePoint past{};

TEST_CASE("a timeout is rounded up, never down", "[engine]") {
  const TimePoint now{1h};
  CHECK(timeout_ms(now, now + 1us) == 1);
  CHECK(timeout_ms(now, now + 999us) == 1);
  CHECK(timeout_ms(now, now + 1ms) == 1);
  CHECK(timeout_ms(now, now + 1001us) == 2);
}

TEST_CASE("a timeout has its ends", "[engine]") {
  const TimePoint now{1h};
  CHECK(timeout_ms(now, now) == 0);
  CHECK(timeout_ms(now, now - 1us) == 0);
  CHECK(timeout_ms(now, never) == -1);
  CHECK(timeout_ms(now, never - 1us) == std::numeric_limits<int>::max());
}

TEST_CASE("poll tells what is ready and what is not", "[engine]") {
  const Pipe full;
  const Pipe empty;
  full.fill_one();
  std::array<Polled, 3> watches{Polled{to_read(full.out()), {}}, Polled{to_read(empty.out()), {}},
                                Polled{to_write(empty.in()), {}}};
  CHECK(poll_once(watches, never, steady_clock()) == PollResult::Ready);
  CHECK(watches[0].seen == Readiness{true, false});
  CHECK(watches[1].seen == Readiness{});
  CHECK(watches[2].seen == Readiness{false, true});
}

TEST_CASE("a deadline in the past still looks once", "[engine]") {
  const Pipe pipe;
  std::array<Polled, 1> watches{Polled{to_read(pipe.out()), {}}};
  CHECK(poll_once(watches, past, steady_clock()) == PollResult::TimedOut);
  CHECK_FALSE(watches[0].seen.any());
  pipe.fill_one();
  CHECK(poll_once(watches, past, steady_clock()) == PollResult::Ready);
}

TEST_CASE("poll does not time out early", "[engine]") {
  const Pipe pipe;
  std::array<Polled, 1> watches{Polled{to_read(pipe.out()), {}}};
  const auto deadline = steady_clock().now() + 1500us;
  CHECK(poll_once(watches, deadline, steady_clock()) == PollResult::TimedOut);
  CHECK(steady_clock().now() >= deadline);
}

TEST_CASE("a hang-up fulfils the wish, so that the next read finds it", "[engine]") {
  Pipe pipe;
  pipe.close_in();
  std::array<Polled, 1> watches{Polled{to_read(pipe.out()), {}}};
  CHECK(poll_once(watches, never, steady_clock()) == PollResult::Ready);
  CHECK(watches[0].seen == Readiness{true, false});
}

TEST_CASE("a descriptor nothing is wanted of is not looked at", "[engine]") {
  Pipe pipe;
  pipe.close_in();
  std::array<Polled, 2> watches{Polled{{pipe.out(), false, false}, {}}, Polled{{}, {}}};
  CHECK(poll_once(watches, past, steady_clock()) == PollResult::TimedOut);
  CHECK_FALSE(watches[0].seen.any());
}

TEST_CASE("too many watches fail", "[engine]") {
  std::array<Polled, max_watches + 1> watches{};
  errno = 0;
  CHECK(poll_once(watches, past, steady_clock()) == PollResult::Failed);
  CHECK(errno == EINVAL);
}

// Set while signals rain; the fifth writes a byte.
volatile sig_atomic_t signals_seen = 0;
volatile sig_atomic_t signal_pipe = -1;

void on_alarm(int) {
  const int saved = errno;
  signals_seen = signals_seen + 1;
  if (signals_seen == 5) static_cast<void>(!::write(signal_pipe, "x", 1));
  errno = saved;
}

TEST_CASE("signals do not end a poll", "[engine]") {
  const Pipe pipe;
  signals_seen = 0;
  signal_pipe = pipe.in();
  std::array<Polled, 1> watches{Polled{to_read(pipe.out()), {}}};
  PollResult result{};
  {
    const test::SignalRain rain(on_alarm);
    result = poll_once(watches, steady_clock().now() + 1min, steady_clock());
  }
  CHECK(result == PollResult::Ready);
  CHECK(watches[0].seen.readable);
  CHECK(signals_seen >= 5);
}

TEST_CASE("a wait tells the backend's side from the client's", "[engine]") {
  const Pipe backend;
  const Pipe client;
  Wait wait;
  wait.backend = to_read(backend.out());
  wait.client = to_write(client.in());
  client.fill_up();
  backend.fill_one();
  CHECK(wait_blocking(wait, -1, steady_clock()) == Woken{{true, false}, {}, false, 0});
}

TEST_CASE("a wait for a client without a descriptor uses the driver's", "[engine]") {
  const Pipe client;
  client.fill_one();
  Wait wait;
  wait.client.readable = true;
  CHECK(wait_blocking(wait, client.out(), steady_clock()) == Woken{{}, {true, false}, false, 0});
}

TEST_CASE("a wait ends at its deadline by the given clock", "[engine]") {
  const Pipe backend;
  FakeClock clock;
  Wait wait;
  wait.backend = to_read(backend.out());
  wait.deadline = clock.now() + 1s;
  clock.advance(1s);
  CHECK(wait_blocking(wait, -1, clock) == Woken{{}, {}, true, 0});
}

}  // namespace
}  // namespace cxxproxy::engine
