#include "backend/lease.hpp"

#include <utility>

#include "backend/pool.hpp"

namespace cxxproxy::backend {

Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      key_(std::move(other.key_)),
      connection_(std::move(other.connection_)),
      keep_(std::exchange(other.keep_, false)) {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    release();
    pool_ = std::exchange(other.pool_, nullptr);
    key_ = std::move(other.key_);
    connection_ = std::move(other.connection_);
    keep_ = std::exchange(other.keep_, false);
  }
  return *this;
}

void Lease::adopt(std::unique_ptr<Connection> connection) noexcept {
  connection_ = std::move(connection);
  keep_ = false;
}

std::unique_ptr<Connection> Lease::give_up() noexcept {
  keep_ = false;
  return std::move(connection_);
}

void Lease::release() noexcept {
  if (pool_ == nullptr) return;
  Pool& pool = *std::exchange(pool_, nullptr);
  // Closed before the slot is free: the backend never sees more than `max` of us.
  if (!std::exchange(keep_, false) || !pool.settings().reuse) connection_.reset();
  pool.give_back(std::move(key_), std::move(connection_));
}

}  // namespace cxxproxy::backend
