// Our side of bench/picks, linked with the module's own objects: all of a request's choice of a member, and that the
// request is counted at its member and leaves it.
#include "httpd/balancing.hpp"
#include "httpd/config.hpp"

#include "picks_handler.hpp"

namespace {

class Picker {
 public:
  Picker(request_rec* r, const std::string& url)
      : r_(r), balancer_(cxxproxy::httpd::find_balancer(cxxproxy::httpd::config_of(r->server), url)) {}
  bool operator()() { return balancer_ && cxxproxy::httpd::choose_member(*balancer_, r_, "/", {}).member; }

 private:
  request_rec* r_;
  const cxxproxy::httpd::Balancer* balancer_;
};

int handle(request_rec* r) noexcept { return picks::answer<Picker>(r); }

void register_hooks(apr_pool_t*) noexcept { ap_hook_handler(handle, nullptr, nullptr, APR_HOOK_REALLY_FIRST); }

}  // namespace

extern "C" {
__attribute__((visibility("default"))) module picks_module = {
    STANDARD20_MODULE_STUFF, nullptr, nullptr, nullptr, nullptr, nullptr, register_hooks, AP_MODULE_FLAG_NONE};
}
