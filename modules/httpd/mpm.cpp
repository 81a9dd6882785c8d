#include "httpd/mpm.hpp"

namespace cxxproxy::httpd {

int threads_per_child() noexcept {
  int threads = 1;
  if (ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) != APR_SUCCESS || threads < 1) threads = 1;
  return threads;
}

bool process_ends() noexcept {
  int state = AP_MPMQ_RUNNING;
  return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS && state == AP_MPMQ_STOPPING;
}

}  // namespace cxxproxy::httpd
