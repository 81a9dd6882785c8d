#include "backend/closing.hpp"

namespace cxxproxy::backend {

Closing::~Closing() {
  for (std::unique_ptr<Connection>& connection : connections_) {
    engine::Reactor* const home = connection->home();
    if (home == nullptr || home == engine::Reactor::current()) continue;
    home->post([away = connection.release()] { delete away; });
  }
}

}  // namespace cxxproxy::backend
