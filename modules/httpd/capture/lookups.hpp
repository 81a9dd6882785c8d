// Name lookups, which may take as long as a name server likes, on threads of their own: neither a reactor nor one of
// the MPM's threads waits for them.
#pragma once

#include "backend/address_book.hpp"
#include "engine/reactor.hpp"

#include <functional>

namespace cxxproxy::httpd {

using LookedUp = std::function<void(backend::Result<backend::EndpointList>)>;

// Looks `book` up; `done` runs on the reactor's thread. Whoever asks for the same book meanwhile shares the outcome. A
// few threads do it, made when they are needed; what is more than they can do at once waits its turn. Any thread; the
// book outlives the call of `done`.
void look_up(backend::AddressBook& book, engine::Reactor& reactor, LookedUp done);

}  // namespace cxxproxy::httpd
