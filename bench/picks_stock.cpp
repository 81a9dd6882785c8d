// The stock side of bench/picks: calls a stock method's finder as mod_proxy_balancer does, with the balancer's lock
// held.
#include "picks_handler.hpp"

extern "C" {
#include <mod_proxy.h>
}

namespace {

class Picker {
 public:
  Picker(request_rec* r, const std::string& url) : r_(r) {
    void* config = ap_get_module_config(r->server->module_config, ap_find_linked_module("mod_proxy.c"));
    balancer_ = ap_proxy_get_balancer(r->pool, static_cast<proxy_server_conf*>(config), url.c_str(), 1);
  }
  bool operator()() {
    if (!balancer_ || PROXY_THREAD_LOCK(balancer_) != APR_SUCCESS) return false;
    const proxy_worker* picked = balancer_->lbmethod->finder(balancer_, r_);
    PROXY_THREAD_UNLOCK(balancer_);
    return picked != nullptr;
  }

 private:
  request_rec* r_;
  proxy_balancer* balancer_;
};

int handle(request_rec* r) noexcept { return picks::answer<Picker>(r); }

void register_hooks(apr_pool_t*) noexcept { ap_hook_handler(handle, nullptr, nullptr, APR_HOOK_MIDDLE); }

}  // namespace

extern "C" {
module AP_MODULE_DECLARE_DATA picks_module = {
    STANDARD20_MODULE_STUFF, nullptr, nullptr, nullptr, nullptr, nullptr, register_hooks, AP_MODULE_FLAG_NONE};
}
