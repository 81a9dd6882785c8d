// Connections that lie idle in a pool, for tests.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "backend/loopback.hpp"
#include "backend/pool.hpp"

namespace cxxproxy::backend::test {

inline PoolSettings at_most(unsigned max) {
  PoolSettings settings;
  settings.max = max;
  return settings;
}

// The lease has a new connection; the backend's side of it.
inline FileDescriptor fill(Lease& lease) {
  Link link = pair();
  lease.adopt(std::move(link.ours));
  return std::move(link.theirs);
}

// So many idle connections in the pool, all of one key; the first returned has been idle longest.
inline std::vector<FileDescriptor> leave_idle(Pool& pool, unsigned count, std::string_view key = {}) {
  std::vector<FileDescriptor> theirs;
  std::vector<Lease> leases;
  for (unsigned i = 0; i < count; ++i) leases.push_back(*pool.try_acquire(key));
  for (Lease& lease : leases) {
    theirs.push_back(fill(lease));
    lease.keep();
    lease.release();
  }
  return theirs;
}

}  // namespace cxxproxy::backend::test
