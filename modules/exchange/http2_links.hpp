// The HTTP/2 connections of one thread, or of several that take turns: who has room for a request, who makes the next
// one, who waits for either.
#pragma once

#include "backend/http2/link.hpp"
#include "backend/pool.hpp"
#include "exchange/connector.hpp"
#include "exchange/dispatcher.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cxxproxy::exchange {

// Requests of the same pool and pool key share connections: the oldest with room is taken, and when all are full, or
// there is none, one of those who ask makes another while the rest wait for what becomes of that. Each holds a slot of
// its pool, so `max` counts connections; with all slots taken and connections here, a request waits for room on them.
//
// A connection lies idle until the pool's ttl is over, the backend says goodbye, or others wait for its slot.
//
// Used by the thread of the reactor, or by several that lock it; outlives those who ask. It ends with nobody in it.
class Http2Links final : private engine::Timer {
  struct Place;
  struct Entry;

 public:
  // Whoever asks. It leaves before it dies.
  class Seeker {
   public:
    // While it waited nobody could connect. Said once.
    std::optional<Failure> take_failure() noexcept { return std::exchange(failure_, std::nullopt); }

   protected:
    ~Seeker() = default;

   private:
    friend class Http2Links;

    // Ask again, or take_failure(). From inside calls of others, and of links: note it only.
    virtual void on_link_news() noexcept = 0;

    std::shared_ptr<Place> place_;  // while it dials, waits, or was told to ask again
    bool dials_ = false;
    bool waits_ = false;
    std::optional<Failure> failure_;
  };

  enum class Found : std::uint8_t {
    Link,  // there it is, with room for one stream more right now
    Dial,  // connect, then add() or failed()
    Wait,  // another one connects: on_link_news() comes
  };
  // Of a link: one that came later has a higher one.
  using Number = std::uint64_t;

  // A link that was found stays in existence until it is let go of, and nobody else gets its room, so that a stream can
  // be opened a moment later; by then the backend may have ended it, or lowered what it takes.
  struct Hold {
    Entry* entry = nullptr;
    backend::Http2Link* link = nullptr;
    bool used = false;  // it has carried others before
  };
  struct Search {
    Found found;
    Hold hold;
  };

  struct Options {
    bool common = false;        // to several threads, which take turns: see lock()
    bool keeps_limited = true;  // connections of pools with a limit lie idle, too
  };

  Http2Links(engine::Reactor& reactor, const Options& options);
  ~Http2Links();
  Http2Links(const Http2Links&) = delete;
  Http2Links& operator=(const Http2Links&) = delete;

  engine::Reactor& reactor() noexcept { return reactor_; }

  // Whoever calls anything here, or uses a link, a session or a stream of it, has it locked, and so has whoever runs
  // the reactor: calls to owners of streams and to seekers come locked. Nothing where one thread has them for itself.
  void lock() {
    if (options_.common) mutex_.lock();
  }
  void unlock() {
    if (options_.common) mutex_.unlock();
  }

  // For a request to `target`; links up to `seen` are passed over. Throws std::bad_alloc.
  Search seek(const Target& target, Seeker& seeker, Number seen = 0);

  // Of the last one that came.
  Number newest() const noexcept { return newest_; }

  // Nothing when it holds nothing; afterwards it does not.
  void let_go(Hold& hold) noexcept;

  // The seeker that dials has a connection. Throws std::bad_alloc, std::system_error; then it is to say failed().
  Hold add(Seeker& seeker, const Target& target, HandedOver made);

  // The seeker that dials found nobody: neither do those who wait for it, if that was all they had.
  void failed(Seeker& seeker, const Failure& why) noexcept;

  // The seeker that dials would have to wait for a slot. True: there are connections for it, it waits for room on them.
  // False: one that lies idle here for others goes in the loop's next turn.
  bool wait_instead(Seeker& seeker, const Target& target);

  // It asks no more, whatever it was about to do. Nothing if it was not.
  void leave(Seeker& seeker) noexcept;

  // The server stops: idle connections close, others when they are.
  void drain() noexcept;

  // For tests and status.
  std::size_t size() const noexcept { return links_.size(); }

 private:
  struct Key {
    const backend::Pool* pool;
    std::string name;
  };
  using KeyView = std::pair<const backend::Pool*, std::string_view>;
  struct Less {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the library's name
    static KeyView view(const Key& key) noexcept { return {key.pool, key.name}; }
    static KeyView view(const KeyView& key) noexcept { return key; }
    template <class A, class B>
    bool operator()(const A& a, const B& b) const noexcept {
      return view(a) < view(b);
    }
  };

  void on_time() noexcept override;

  const std::shared_ptr<Place>& place_for(const Target& target);
  Entry* link_with_room(Place& place, Number seen) noexcept;
  void turned(Entry& entry) noexcept;
  void leaves(Entry& entry) noexcept;
  static bool is_idle(const Entry& entry) noexcept;
  static bool has_room(const Entry& entry) noexcept;
  static bool goes_on(const Place& place) noexcept;
  void remove(Entry& entry) noexcept;
  bool has_ended(const Entry& entry) const noexcept;
  bool is_awaited(const Entry& entry) const noexcept;
  engine::TimePoint next_look(const Entry& entry) const noexcept;
  bool has_lain_too_long(const Entry& entry) const noexcept;
  Entry* longest_idle(const backend::Pool* limited) const noexcept;
  void make_room() noexcept;
  void plan_sweep(engine::TimePoint due) noexcept;
  void stop_dialing(Seeker& seeker) noexcept;
  static bool share(Seeker& seeker, const Failure& why) noexcept;
  void tell(Place& place, std::size_t most, const Failure* why = nullptr) noexcept;
  void drop_if_unused(Place& place) noexcept;

  engine::Reactor& reactor_;
  const Options options_;
  std::mutex mutex_;  // for common ones
  std::vector<std::unique_ptr<Entry>> links_;
  std::map<Key, std::shared_ptr<Place>, Less> places_;
  Number newest_ = 0;
  bool draining_ = false;
};

}  // namespace cxxproxy::exchange
