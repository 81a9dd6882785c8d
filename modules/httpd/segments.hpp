// The shared-memory segments of a server: that of the running generation, and those of generations before it whose
// children still serve requests. They hang on the pool of the process, which is all that outlives a restart: the module
// itself is loaded anew.
//
// All of it is for the parent.
#pragma once

#include "httpd/shared_state.hpp"

namespace cxxproxy::httpd {

// The one made last, by this version of the module; null if there is none.
void* newest_segment(const server_rec* s);

// From now on that is the newest. What was made for another layout is given back.
void add_segment(server_rec* s, const SharedState::Segment& made);

// Connects `state`, which is the newest segment's, with the older ones: what they still count counts there, too, for
// the members of the same key.
void look_back(server_rec* s, SharedState& state);

// What the child held is taken back, however it went. An older segment that nobody writes to any more gives its
// counters to the newest and its memory back.
void child_is_gone(server_rec* s, SharedState& state, pid_t pid);

}  // namespace cxxproxy::httpd
