// What a pool gives to whoever wants a connection.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "backend/connection.hpp"

namespace cxxproxy::backend {

class Pool;

// The right to one slot of a pool, perhaps with an idle connection in it. Move-only; one thread at a time, not always
// the same, unless its connection has a home: then on that one's. Ends before its pool does.
class [[nodiscard]] Lease {
 public:
  Lease() noexcept = default;  // of nothing
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() { release(); }

  explicit operator bool() const noexcept { return pool_ != nullptr; }

  // nullptr until one is adopted, or when none was idle. Owned by the lease.
  Connection* connection() const noexcept { return connection_.get(); }

  // Takes a new connection in; one that is there is closed. Either way the lease is as before keep().
  void adopt(std::unique_ptr<Connection> connection) noexcept;
  void discard() noexcept { adopt(nullptr); }

  // The connection is the caller's from now on, in no pool any more; nullptr if there is none. The slot stays taken
  // until the lease ends, so that it still counts: who has the connection closes it before that.
  [[nodiscard]] std::unique_ptr<Connection> give_up() noexcept;

  // The connection may serve again: at the end of the lease it goes back to the idle ones. Not called: it is closed.
  void keep() noexcept { keep_ = true; }

  // Ends the lease now: the connection is kept or closed, then the slot is free. Nothing on an empty lease.
  void release() noexcept;

 private:
  friend class Pool;
  Lease(Pool& pool, std::string_view key) : pool_(&pool), key_(key) {}

  Pool* pool_ = nullptr;
  std::string key_;
  std::unique_ptr<Connection> connection_;
  bool keep_ = false;
};

}  // namespace cxxproxy::backend
