#include "httpd/health/checker_lock.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace cxxproxy::httpd {
namespace {

constexpr char lock_key[] = "cxxproxy_checker_lock";

// A file without a name; children have it by inheritance. A lock of fcntl(2) belongs to a process, and forks have none.
int file = -1;

bool set_lock(short type) noexcept {
  struct flock whole {};
  whole.l_type = type;
  whole.l_whence = SEEK_SET;
  return file >= 0 && fcntl(file, F_SETLK, &whole) == 0;
}

}  // namespace

// It hangs on the pool of the process, because the module itself is loaded anew for each configuration.
apr_status_t make_checker_lock(server_rec* main_server) noexcept {
  apr_pool_t* const pool = main_server->process->pool;
  void* found = nullptr;
  apr_pool_userdata_get(&found, lock_key, pool);
  if (!found) {
    const int made = memfd_create("cxxproxy-checker", MFD_CLOEXEC);
    if (made < 0) return errno;
    found = apr_pmemdup(pool, &made, sizeof made);
    apr_pool_userdata_set(found, lock_key, nullptr, pool);
  }
  file = *static_cast<int*>(found);
  return APR_SUCCESS;
}

bool take_checker_lock() noexcept { return set_lock(F_WRLCK); }
void let_checker_lock_go() noexcept { set_lock(F_UNLCK); }

}  // namespace cxxproxy::httpd
