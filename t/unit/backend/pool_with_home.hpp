// A pool whose idle connections a reactor watches, for tests.
#pragma once

#include <future>
#include <utility>

#include "backend/idle_connections.hpp"
#include "backend/loopback.hpp"
#include "backend/pool.hpp"
#include "engine/fake_clock.hpp"
#include "engine/reactor_thread.hpp"

namespace cxxproxy::backend::test {

using engine::test::ReactorThread;

// A pool and a reactor at which connections are at home.
struct PoolWithHome {
  engine::FakeClock clock;
  Pool pool;
  ReactorThread home;

  explicit PoolWithHome(const PoolSettings& settings = {}) : pool(settings, clock) {}

  // The lease has a new connection with that home; the backend's side of it. On its thread.
  static FileDescriptor fill(Lease& lease, engine::Reactor& reactor) {
    Link link = pair();
    link.ours->attach(reactor, nullptr);
    lease.adopt(std::move(link.ours));
    return std::move(link.theirs);
  }

  // A slot. Those for connections that are to lie idle together are taken before any does.
  Lease slot() { return *pool.try_acquire(); }

  // One lies idle with that home; the backend's side of it.
  FileDescriptor leave_idle_at(ReactorThread& where) { return leave_idle_at(where, slot()); }
  FileDescriptor leave_idle_at(ReactorThread& where, Lease lease) {
    return where.run([&] {
      FileDescriptor theirs = fill(lease, where.reactor());
      lease.keep();
      lease.release();
      return theirs;
    });
  }

  // One lies idle without.
  FileDescriptor leave_idle() { return leave_idle(slot()); }
  static FileDescriptor leave_idle(Lease lease) {
    FileDescriptor theirs = test::fill(lease);
    lease.keep();
    return theirs;
  }

  bool has_one_for(ReactorThread& where, Check check = Check::Always) {
    return where.run([&] {
      Lease lease = *pool.try_acquire({}, check);
      const bool had = lease.connection() != nullptr;
      lease.keep();
      return had;
    });
  }
};

// Whether what the lease has is the proxy's side of this.
inline bool is_of(const Lease& lease, const FileDescriptor& theirs) {
  return lease.connection() && write_text(*lease.connection(), "x").ok() && await({theirs.get(), true, false}) &&
         hear(theirs, 1) == "x";
}

// Keeps a reactor busy, so that it sees nothing of what happens meanwhile.
class Busy {
 public:
  explicit Busy(ReactorThread& where) {
    std::promise<void> begun;
    where.reactor().post([&begun, over = over_.get_future().share()] {
      begun.set_value();
      over.wait();
    });
    begun.get_future().wait();
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() { over_.set_value(); }

 private:
  std::promise<void> over_;
};

}  // namespace cxxproxy::backend::test
