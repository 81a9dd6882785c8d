#include "httpd/blocking_driver.hpp"

#include "engine/poll.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <span>

namespace cxxproxy::httpd {
namespace {

using exchange::Step;

constexpr std::size_t buffer_size = 65536;

// Of this thread: the shared buffer, and how many exchanges are on the way, one within the other.
thread_local std::array<char, buffer_size> thread_buffer;
thread_local int nesting = 0;

// Bytes on their way from a backend to a client. One buffer a thread is enough, as long as one exchange at a time is on
// it: while an answer is handed on, an output filter may run a subrequest (mod_include) that is proxied, too. That one
// gets a buffer of its own, because the outer one's bytes are still on loan.
class ReadBuffer {
 public:
  ReadBuffer() {
    if (nesting++ > 0) own_ = std::make_unique<char[]>(buffer_size);
  }
  ReadBuffer(const ReadBuffer&) = delete;
  ReadBuffer& operator=(const ReadBuffer&) = delete;
  ~ReadBuffer() { --nesting; }

  std::span<char> bytes() noexcept {
    return own_ ? std::span(own_.get(), buffer_size) : std::span<char>(thread_buffer);
  }

 private:
  std::unique_ptr<char[]> own_;
};

// mod_reqtimeout looks at its limits only when somebody reads, so a stalled client is asked again now and then.
constexpr engine::Duration reading_pace = std::chrono::seconds(1);

// Waits for a client that may be asked in vain: the deadline moves only when bytes came.
class ClientPatience {
 public:
  explicit ClientPatience(RequestClient& client) : client_(client) {}

  engine::Woken wait(const engine::Wait& wanted) {
    if (client_.socket() < 0) {
      // No descriptor tells of this client's bytes: its next read waits instead, with the server's Timeout.
      client_.read_blocking_once();
      return readable();
    }
    if (!waiting_ || client_.bytes_read() != bytes_read_) deadline_ = wanted.deadline;
    waiting_ = true;
    bytes_read_ = client_.bytes_read();
    const engine::Clock& clock = engine::steady_clock();
    engine::Wait paced = wanted;
    paced.deadline = std::min(deadline_, engine::deadline_after(clock.now(), reading_pace));
    const engine::Woken woken = engine::wait_blocking(paced, client_.socket(), clock);
    return woken.timed_out && paced.deadline < deadline_ ? readable() : woken;
  }

  void reset() { waiting_ = false; }

 private:
  static engine::Woken readable() {
    engine::Woken woken;
    woken.client.readable = true;
    return woken;
  }

  RequestClient& client_;
  bool waiting_ = false;
  std::uint64_t bytes_read_ = 0;
  engine::TimePoint deadline_ = engine::never;
};

}  // namespace

void drive_blocking(exchange::Exchange& exchange, RequestClient& client) {
  ClientPatience patience(client);
  ReadBuffer buffer;
  engine::Woken woken;
  for (;;) {
    const Step step = exchange.advance(woken, engine::steady_clock().now(), buffer.bytes());
    woken = {};
    switch (step.kind) {
      case Step::Kind::Wait:
        if (step.wait.client.readable) {
          woken = patience.wait(step.wait);
        } else {
          patience.reset();
          woken = engine::wait_blocking(step.wait, -1, engine::steady_clock());
        }
        // A wait that fails (no memory in the kernel) must not become a loop without one.
        woken.timed_out |= woken.error != 0;
        break;
      case Step::Kind::Lookup:
        exchange.looked_up(exchange.target().addresses->lookup_blocking());
        break;
      case Step::Kind::Slot:
        exchange.got_slot(exchange.target().pool->acquire_blocking());
        break;
      case Step::Kind::Done:
        return;
    }
  }
}

}  // namespace cxxproxy::httpd
