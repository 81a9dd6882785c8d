// One reactor, the thread it runs on, and the captured connections that live there.
#pragma once

#include "httpd/apache.hpp"
#include "httpd/capture/captive.hpp"
#include "httpd/scoreboard.hpp"

#include "engine/reactor.hpp"
#include "exchange/http2_links.hpp"
#include "wire/plain_head.hpp"

#include <atomic>
#include <vector>

namespace cxxproxy::httpd {

// Made in child_init; lives until the process ends.
class ReactorThread {
 public:
  // `number` counts the child's reactors from 0.
  explicit ReactorThread(int number) : burial_(*this), farewell_(*this), tunnels_end_(*this), scoreboard_(number) {}

  // The one whose thread this is, or null.
  static ReactorThread* current() noexcept;

  // Starts the thread, which gets no signals; it ends with stop(). An APR status.
  apr_status_t start(apr_pool_t* pool);

  // Any thread: the child is about to end. Running connections end with their request; idle ones close at once when the
  // server stops or was restarted, and get a little time for one more request when the child ends alone.
  // Tunnels go on for their grace.
  void drain();

  // Any thread but its own: BLOCKS until the thread has ended.
  void stop() noexcept;

  engine::Reactor& reactor() noexcept { return reactor_; }
  apr_thread_t* thread() const noexcept { return thread_; }

  // Connections that are here or on their way.
  std::size_t connections() const noexcept { return connections_.load(std::memory_order_relaxed); }

  // The rest is for its own thread, except enter().
  bool draining() const noexcept { return draining_; }
  bool closes_idle() const noexcept { return closes_idle_; }
  void enter() noexcept { connections_.fetch_add(1, std::memory_order_relaxed); }
  void add(Captive& captive) noexcept;
  void remove(Captive& captive) noexcept;

  // Destroys a connection's cleared pool, once nobody else can still be in it: the MPM's thread stores into its memory
  // once more after it has given the connection away.
  void bury(apr_pool_t* pool);

  // For the connection whose turn it is.
  wire::PlainHead& plain_head() noexcept { return plain_head_; }

  exchange::Http2Links& http2_links() noexcept { return http2_links_; }

  // For the status pages.
  Scoreboard& scoreboard() noexcept { return scoreboard_; }

 private:
  struct Grave {
    apr_pool_t* pool;
    engine::TimePoint since;
  };
  class Burial final : public engine::Timer {
   public:
    explicit Burial(ReactorThread& owner) : owner_(owner) {}

   private:
    void on_time() noexcept override { owner_.destroy_buried(); }
    ReactorThread& owner_;
  };

  // Looks now and then whether the child still ends alone.
  class Farewell final : public engine::Timer {
   public:
    explicit Farewell(ReactorThread& owner) : owner_(owner) {}

   private:
    void on_time() noexcept override { owner_.part(); }
    ReactorThread& owner_;
  };

  // The tunnels' time comes after the others', and again for those that begin late.
  class TunnelsEnd final : public engine::Timer {
   public:
    explicit TunnelsEnd(ReactorThread& owner) : owner_(owner) {}

   private:
    void on_time() noexcept override { owner_.part_from_tunnels(); }
    ReactorThread& owner_;
  };

  static void* APR_THREAD_FUNC run(apr_thread_t* thread, void* self) noexcept;
  void part() noexcept;
  void part_from_tunnels() noexcept;
  void destroy_buried() noexcept;

  engine::Reactor reactor_;
  exchange::Http2Links http2_links_{reactor_, {}};
  apr_thread_t* thread_ = nullptr;
  std::atomic<std::size_t> connections_{0};
  Captive* first_ = nullptr;
  std::vector<Grave> graves_;
  Burial burial_;
  Farewell farewell_;
  TunnelsEnd tunnels_end_;
  Scoreboard scoreboard_;
  wire::PlainHead plain_head_;
  bool draining_ = false;
  bool closes_idle_ = false;
};

}  // namespace cxxproxy::httpd
