// An exchange that has got as far as waiting for its backend's answer, for tests.
#pragma once

#include <string_view>

#include "catch.hpp"
#include "exchange/support.hpp"

namespace cxxproxy::exchange::test {

// A driver that waits for an answer, and the backend that has the request.
struct Waiting : World {
  Driver driver{clock, client, dispatcher};
  Peer peer = driver.meet(backend);

  Waiting() { static_cast<void>(driver.hear_until(peer, "\r\n\r\n")); }

  // What the peer says is there to be read, and nobody has been told.
  void arrive(std::string_view text) const {
    peer.say(text);
    REQUIRE(backend::test::await({driver.step.wait.backend.fd, true, false}));
  }
};

}  // namespace cxxproxy::exchange::test
