#include "backend/idle_list.hpp"

#include <algorithm>
#include <utility>

namespace cxxproxy::backend {

IdleList::~IdleList() {
  while (take_longest_idle()) {
  }
}

IdleList::Queue* IdleList::find(const engine::Reactor* home) noexcept {
  const auto place = std::find_if(queues_.begin(), queues_.end(), [&](const Queue& q) { return q.home == home; });
  return place == queues_.end() ? nullptr : &*place;
}

void IdleList::push(std::unique_ptr<Connection> connection, std::string key) {
  Queue* queue = find(connection->home());
  if (queue == nullptr) queue = &queues_.emplace_back(Queue{connection->home()});
  IdlePlace& place = connection->idle_place();
  place.key_ = std::move(key);
  place.older_ = queue->youngest;
  place.younger_ = nullptr;
  place.listed_ = true;
  (queue->youngest ? queue->youngest->idle_place().younger_ : queue->oldest) = connection.get();
  queue->youngest = connection.release();
  ++size_;
}

std::unique_ptr<Connection> IdleList::take(const engine::Reactor* home, std::string_view key) noexcept {
  const Queue* queue = find(home);
  Connection* candidate = queue ? queue->youngest : nullptr;
  while (candidate && candidate->idle_place().key_ != key) candidate = candidate->idle_place().older_;
  return remove(candidate);
}

std::unique_ptr<Connection> IdleList::take_from_others(const engine::Reactor* here, std::string_view key) noexcept {
  for (const Queue& queue : queues_) {
    if (queue.home == nullptr || queue.home == here) continue;
    if (auto taken = take(queue.home, key)) return taken;
  }
  return nullptr;
}

Connection* IdleList::longest_idle() const noexcept {
  Connection* longest = nullptr;
  for (const Queue& queue : queues_) {
    if (queue.oldest && (!longest || queue.oldest->idle_since() < longest->idle_since())) longest = queue.oldest;
  }
  return longest;
}

std::unique_ptr<Connection> IdleList::remove(Connection* connection) noexcept {
  if (connection == nullptr || !connection->idle_place().listed_) return nullptr;
  IdlePlace& place = connection->idle_place();
  Queue& queue = *find(connection->home());
  (place.older_ ? place.older_->idle_place().younger_ : queue.oldest) = place.younger_;
  (place.younger_ ? place.younger_->idle_place().older_ : queue.youngest) = place.older_;
  place.listed_ = false;
  --size_;
  return std::unique_ptr<Connection>(connection);
}

}  // namespace cxxproxy::backend
