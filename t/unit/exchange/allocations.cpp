#include "exchange/allocations.hpp"

#include <cstdlib>
#include <new>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COUNTS_ALLOCATIONS 1
#endif

namespace cxxproxy::exchange::test {
namespace {

#ifdef COUNTS_ALLOCATIONS
constexpr bool counts = true;
#else
constexpr bool counts = false;
#endif

thread_local std::size_t counted = 0;

}  // namespace

bool counts_allocations() { return counts; }
std::size_t allocations() { return counted; }
void count_allocation() { ++counted; }

}  // namespace cxxproxy::exchange::test

#ifdef COUNTS_ALLOCATIONS
void* operator new(std::size_t size) {
  cxxproxy::exchange::test::count_allocation();
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif
