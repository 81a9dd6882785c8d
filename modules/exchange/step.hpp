// What an exchange asks of its driver between two calls.
#pragma once

#include "engine/wait.hpp"

#include <cstdint>

namespace cxxproxy::exchange {

struct Step {
  enum class Kind : std::uint8_t {
    Wait,    // for what `wait` says
    Lookup,  // of Target::addresses, which may wait for a name server; the outcome goes to looked_up()
    Links,   // of HTTP/2: those of the reactor, or the thread, that drives the exchange; they go to got_links()
    Slot,    // of Target::pool, all of which are taken; the outcome goes to got_slot(), or advance() tries again
    Yield,   // there is more to do right now: call advance() again, with nothing, after others have had their turn
    Done,
  };
  Kind kind = Kind::Done;
  engine::Wait wait;
};

}  // namespace cxxproxy::exchange
