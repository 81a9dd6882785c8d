// The idle connections of one pool.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/connection.hpp"

namespace cxxproxy::backend {

// A queue for each home, and one for those that have none: whoever takes one looks at those it may use and no others.
// The queues run through the connections themselves. Guarded by the pool's lock.
class IdleList {
 public:
  IdleList() = default;
  IdleList(const IdleList&) = delete;
  IdleList& operator=(const IdleList&) = delete;
  ~IdleList();  // on this thread: the loops of all homes have ended

  std::size_t size() const noexcept { return size_; }

  // It is the youngest of its home now.
  void push(std::unique_ptr<Connection> connection, std::string key);

  // The youngest with that home, or without one, and that key; null: none.
  std::unique_ptr<Connection> take(const engine::Reactor* home, std::string_view key) noexcept;

  // The same of any other home.
  std::unique_ptr<Connection> take_from_others(const engine::Reactor* here, std::string_view key) noexcept;

  // One of that home for which `wanted` holds.
  template <class Predicate>
  std::unique_ptr<Connection> take_if(const engine::Reactor* home, Predicate wanted) {
    const Queue* queue = find(home);
    for (Connection* one = queue ? queue->oldest : nullptr; one; one = one->idle_place().younger_) {
      if (wanted(*one)) return remove(one);
    }
    return nullptr;
  }

  // The one that has been idle longest of all, if any.
  Connection* longest_idle() const noexcept;
  std::unique_ptr<Connection> take_longest_idle() noexcept { return remove(longest_idle()); }

  // That one, unless it is not here (any more) or null.
  std::unique_ptr<Connection> remove(Connection* connection) noexcept;

 private:
  struct Queue {
    const engine::Reactor* home;
    Connection* oldest = nullptr;
    Connection* youngest = nullptr;
  };

  Queue* find(const engine::Reactor* home) noexcept;

  std::vector<Queue> queues_;  // one for each reactor that was ever seen: few
  std::size_t size_ = 0;
};

}  // namespace cxxproxy::backend
