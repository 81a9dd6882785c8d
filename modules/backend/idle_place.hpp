// A connection's place among the idle ones of its pool.
#pragma once

#include <string>

namespace cxxproxy::backend {

class Connection;

// Part of every connection, so that lying idle costs no allocation. Used by IdleList under the pool's lock.
class IdlePlace {
 public:
  IdlePlace() = default;
  IdlePlace(const IdlePlace&) = delete;
  IdlePlace& operator=(const IdlePlace&) = delete;

  const std::string& key() const noexcept { return key_; }  // what it may be used again for

 private:
  friend class IdleList;

  Connection* older_ = nullptr;
  Connection* younger_ = nullptr;
  std::string key_;
  bool listed_ = false;
};

}  // namespace cxxproxy::backend
