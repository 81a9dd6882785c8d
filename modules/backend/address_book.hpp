// The addresses of one origin, remembered for a while.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

#include "backend/address.hpp"
#include "backend/resolve.hpp"
#include "backend/result.hpp"
#include "engine/clock.hpp"

namespace cxxproxy::backend {

// A list nobody changes any more: a reader may keep it as long as it likes.
using EndpointList = std::shared_ptr<const Endpoints>;
using Resolver = std::function<Result<Endpoints>(const Origin&)>;

// Shared by all threads of a child process; the lock is never held during a lookup. One book per worker.
class AddressBook {
 public:
  // ttl < 0: a lookup that succeeded holds for ever. 0: every question is a lookup. Else it holds so many seconds.
  // `clock` outlives the book. `resolver` is called from the asking threads; at most one at a time unless ttl is 0.
  AddressBook(Origin origin, std::chrono::seconds ttl, const engine::Clock& clock,
              Resolver resolver = resolve_blocking);

  const Origin& origin() const noexcept { return origin_; }

  // What lookup_blocking() would give without waiting, else nullptr: then ask it on a thread that may wait. Never
  // blocks.
  EndpointList cached() const;

  // BLOCKS for a lookup when nothing holds. One thread looks up: those who ask meanwhile get the list that has just
  // expired, or, when there is none, wait for the same lookup and share its outcome, the error too. A failure is
  // forgotten at once, and with it the expired list: the next question is a new lookup.
  Result<EndpointList> lookup_blocking();

  // `list` is of no use any more: no address in it takes connections. The next question is a new lookup, unless a newer
  // list has come meanwhile.
  void forget(const EndpointList& list);

 private:
  struct Lookup;  // one call of the resolver and its outcome

  bool usable() const;
  Result<EndpointList> call_resolver() const noexcept;
  Result<EndpointList> wait_for(std::shared_ptr<Lookup> lookup, std::unique_lock<std::mutex>& lock);
  void remember(const Result<EndpointList>& outcome);

  const Origin origin_;
  const std::chrono::seconds ttl_;
  const engine::Clock& clock_;
  const Resolver resolver_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable lookup_done_;
  EndpointList list_;
  engine::TimePoint expires_ = engine::never;
  std::shared_ptr<Lookup> under_way_;
};

}  // namespace cxxproxy::backend
