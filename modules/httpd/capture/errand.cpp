#include "httpd/capture/errand.hpp"

#include "httpd/capture/phase_watch.hpp"
#include "httpd/log.hpp"

#include <mpm_common.h>
#include <memory>

APLOG_USE_MODULE(cxxproxy);

namespace cxxproxy::httpd {
namespace {

void run_and_free(void* baton) noexcept {
  const std::unique_ptr<std::function<void()>> work(static_cast<std::function<void()>*>(baton));
  try {
    (*work)();
  } catch (const std::exception& escaped) {
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, ap_server_conf, CXXPROXY_LOGNO(0003) "a worker's errand broke off: %s",
                 escaped.what());
  }
}

int all_phases(request_rec* r) {
  PhaseWatch watch(r);
  // A quick handler that says OK has answered.
  if (const int status = ap_run_quick_handler(r, 0); status != DECLINED) return status;
  watch.begin(true);
  const int status = ap_process_request_internal(r);
  watch.end();
  return status == OK ? ap_invoke_handler(r) : status;
}

int handle_again(request_rec* r, const char* handler) {
  r->handler = handler;
  const int status = ap_run_handler(r);
  return status == DECLINED ? HTTP_INTERNAL_SERVER_ERROR : status;
}

int run(request_rec* r, Errand errand, const char* handler, int status) {
  switch (errand) {
    case Errand::Everything:
      return all_phases(r);
    case Errand::Invoke:
      return ap_invoke_handler(r);
    case Errand::Handle:
      return handle_again(r, handler);
    case Errand::Finish:
      break;
  }
  return status;
}

}  // namespace

void run_on_worker(std::function<void()> work) {
  // In httpd 2.4 the time is relative.
  ap_mpm_register_timed_callback(0, run_and_free, new std::function<void()>(std::move(work)));
}

void die(request_rec* r, int status) {
  // The status that a handler has set is not that of an earlier error.
  if (status != OK && status != DONE) r->status = HTTP_OK;
  ap_die(status, r);
}

int do_errand(request_rec* r, Errand errand, const char* handler, int status) {
  const int result = run(r, errand, handler, status);
  if (result == SUSPENDED) return SUSPENDED;
  die(r, result);
  ap_process_request_after_handler(r);
  return OK;
}

}  // namespace cxxproxy::httpd
