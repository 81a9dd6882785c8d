// How often this thread has asked for memory.
#pragma once

#include <cstddef>

namespace cxxproxy::exchange::test {

// False with a sanitizer, which has an operator new of its own: then nothing is counted.
bool counts_allocations();

std::size_t allocations();

}  // namespace cxxproxy::exchange::test
