// Backends to which no connection is made, for tests.
#pragma once

#include <memory>
#include <vector>

#include "backend/loopback.hpp"

namespace cxxproxy::exchange::test {

// A port that takes no more connections and refuses none: they wait for an answer that does not come.
class FullListener {
 public:
  FullListener();
  const backend::Endpoint& endpoint() const { return endpoint_; }

 private:
  bool fill();

  backend::FileDescriptor fd_;
  backend::Endpoint endpoint_;
  std::vector<std::unique_ptr<backend::Connection>> crowd_;
};

// Nobody listens there.
backend::Endpoint refusing();

}  // namespace cxxproxy::exchange::test
