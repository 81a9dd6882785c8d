#include "httpd/blocking_driver.hpp"

#include "httpd/common_links.hpp"
#include "httpd/tunnel_grace.hpp"

#include "engine/poll.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
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

engine::Woken readable_client() {
  engine::Woken woken;
  woken.client.readable = true;
  return woken;
}

// Waits for a client that may be asked in vain; the exchange's deadline moves only when bytes came.
engine::Woken wait_for_client(const engine::Wait& wanted, RequestClient& client) {
  if (client.descriptor() < 0) {
    // No descriptor tells of this client's bytes: its next read waits instead, with the server's Timeout.
    client.read_blocking_once();
    return readable_client();
  }
  const engine::Clock& clock = engine::steady_clock();
  engine::Wait paced = wanted;
  const bool asks = wanted.client.readable && !client.tunnels();
  if (asks) paced.deadline = std::min(wanted.deadline, engine::deadline_after(clock.now(), reading_pace));
  const engine::Woken woken = engine::wait_blocking(paced, client.descriptor(), clock);
  return woken.timed_out && paced.deadline < wanted.deadline ? readable_client() : woken;
}

bool is_on_links(const engine::Wait& wanted) { return wanted.backend.any() && wanted.backend.fd < 0; }

// The thread turns to something else than the links for a while.
bool leaves_links(const Step& step) {
  return step.kind != Step::Kind::Yield && step.kind != Step::Kind::Links &&
         (step.kind != Step::Kind::Wait || !is_on_links(step.wait));
}

engine::Woken wait_for(exchange::Exchange& exchange, const engine::Wait& wanted, RequestClient& client) {
  if (is_on_links(wanted)) {
    return common_links().wait(exchange, wanted,
                               [&](const engine::Wait& wait) { return wait_for(exchange, wait, client); });
  }
  engine::Woken woken =
      wanted.client.any() ? wait_for_client(wanted, client) : engine::wait_blocking(wanted, -1, engine::steady_clock());
  // A wait that fails (no memory in the kernel) must not become a loop without one.
  woken.timed_out |= woken.error != 0;
  return woken;
}

// The same up to `end`; nothing when that comes first.
std::optional<engine::Woken> wait_until(const engine::Wait& wanted, RequestClient& client, engine::TimePoint end) {
  if (wanted.client.writable || (wanted.client.readable && client.descriptor() < 0)) return std::nullopt;
  engine::Wait brief = wanted;
  brief.deadline = std::min(wanted.deadline, end);
  const engine::Woken woken =
      engine::wait_blocking(brief, wanted.client.any() ? client.descriptor() : -1, engine::steady_clock());
  if (woken.error != 0 || (woken.timed_out && brief.deadline < wanted.deadline)) return std::nullopt;
  return woken;
}

}  // namespace

void drive_blocking(ProxiedRequest& request) {
  exchange::Exchange& exchange = request.exchange();
  RequestClient& client = request.client();
  ReadBuffer buffer;
  engine::Woken woken;
  bool linked = false;
  TunnelWatch tunnel(request);
  for (;;) {
    Step step = exchange.advance(woken, engine::steady_clock().now(), buffer.bytes());
    woken = {};
    if (linked && leaves_links(step)) common_links().turn();
    switch (step.kind) {
      case Step::Kind::Wait:
        if (client.tunnels() && tunnel.parts(exchange, step.wait, engine::steady_clock().now())) break;
        woken = wait_for(exchange, step.wait, client);
        break;
      case Step::Kind::Yield:
        break;
      case Step::Kind::Lookup:
        exchange.looked_up(exchange.target().addresses->lookup_blocking());
        break;
      case Step::Kind::Slot:
        exchange.got_slot(exchange.target().pool->acquire_blocking(exchange.target().pool_key));
        break;
      case Step::Kind::Links:
        common_links().begin(exchange);
        linked = true;
        break;
      case Step::Kind::Done:
        return;
    }
  }
}

Step drive_briefly(exchange::Exchange& exchange, RequestClient& client, engine::Duration patience) {
  ReadBuffer buffer;
  engine::Woken woken;
  std::optional<engine::TimePoint> end;
  for (;;) {
    const engine::TimePoint now = engine::steady_clock().now();
    const Step step = exchange.advance(woken, now, buffer.bytes());
    woken = {};
    if (step.kind == Step::Kind::Yield) continue;
    if (step.kind != Step::Kind::Wait) return step;
    if (!end) end = engine::deadline_after(now, patience);
    const std::optional<engine::Woken> seen = wait_until(step.wait, client, *end);
    if (!seen) return step;
    woken = *seen;
  }
}

}  // namespace cxxproxy::httpd
