// Connections on their way out.
#pragma once

#include <memory>
#include <vector>

#include "backend/connection.hpp"

namespace cxxproxy::backend {

// Closes what it was given when it ends: each connection on the thread of its home, at once if that is this thread or
// there is none, else when the home gets to it. A home whose loop has ended never does: then the process ends, too, and
// the connection with it.
class Closing {
 public:
  Closing() = default;
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;
  ~Closing();

  void add(std::unique_ptr<Connection> connection) { connections_.push_back(std::move(connection)); }

 private:
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace cxxproxy::backend
