#include "httpd/capture/engine.hpp"

#include "httpd/capture/captive.hpp"
#include "httpd/capture/reactor_thread.hpp"
#include "httpd/config.hpp"
#include "httpd/connections.hpp"
#include "httpd/contain.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

APLOG_USE_MODULE(cxxproxy);

namespace cxxproxy::httpd {
namespace {

constexpr int most_reactors = 64;

// Never deleted: connections may still refer to their reactor while the process ends.
std::vector<ReactorThread*>& reactors() {
  static auto& all = *new std::vector<ReactorThread*>;
  return all;
}

// The child is about to end.
std::atomic<bool> ending{false};

std::atomic<bool> repeated_handshakes{false};

int ask_mpm(int what, int otherwise) {
  int answer = 0;
  return ap_mpm_query(what, &answer) == APR_SUCCESS && answer > 0 ? answer : otherwise;
}

// As many as make use of the cores, together with the children that run when nothing holds a thread: those with the
// spare threads, and one that is being replaced.
int default_reactors() {
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const int spare = ask_mpm(AP_MPMQ_MIN_SPARE_THREADS, 1);
  const int threads = ask_mpm(AP_MPMQ_MAX_THREADS, 1);
  const int children = std::min(ask_mpm(AP_MPMQ_MAX_DAEMONS, 1), (spare + threads - 1) / threads + 1);
  return std::clamp((cores + children - 1) / children, 1, 16);
}

bool any_server_wants_it(const server_rec* s) {
  for (; s; s = s->next) {
    if (config_of(s).engine.value_or(true)) return true;
  }
  return false;
}

void stop_reactors() noexcept {
  for (ReactorThread* reactor : reactors()) reactor->stop();
}

void start_one(apr_pool_t* pool, int number) {
  auto reactor = std::make_unique<ReactorThread>(number);
  if (const apr_status_t status = reactor->start(pool); status != APR_SUCCESS) {
    ap_log_error(APLOG_MARK, APLOG_ERR, status, ap_server_conf, CXXPROXY_LOGNO(0007) "no thread for a reactor");
    return;
  }
  reactors().push_back(reactor.release());
}

// The request is on a kept connection, alone on it, and the MPM knows how to let go of it.
bool can_be_captured(const conn_rec* c) {
  return !reactors().empty() && !ending && c->cs && !c->master && !c->clogging_input_filters;
}

int capture_if_worth_it(conn_rec* c) {
  if (ReactorThread::current() || !can_be_captured(c) || !engine_is_on(c->base_server)) return DECLINED;
  ClientConnection& connection = ClientConnection::install(c);
  if (!connection.worth_capturing || connection.captive || c->aborted) return DECLINED;
  Captive::capture(connection, *choose_reactor());
  c->cs->state = CONN_STATE_SUSPENDED;
  return OK;
}

}  // namespace

void start_engine(apr_pool_t* child_pool, server_rec* main_server) {
  if (!engine_is_wanted(main_server)) return;
  find_pid_file(child_pool);
  const Setting<int>& wanted = config_of(main_server).reactors;
  const int count = std::min(wanted.given ? wanted.value : default_reactors(), most_reactors);
  for (int number = 0; number < count; ++number) start_one(child_pool, number);
  ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, main_server, CXXPROXY_LOGNO(0008) "%d reactors in this child",
               static_cast<int>(reactors().size()));
  apr_pool_pre_cleanup_register(child_pool, nullptr, [](void*) noexcept -> apr_status_t {
    stop_reactors();
    return APR_SUCCESS;
  });
}

bool mpm_has_engine() noexcept { return std::string_view(ap_show_mpm()) == "event"; }

bool engine_is_wanted(const server_rec* main_server) noexcept {
  return mpm_has_engine() && any_server_wants_it(main_server);
}

bool engine_runs() noexcept { return !reactors().empty(); }

ReactorThread* choose_reactor() noexcept {
  const std::vector<ReactorThread*>& all = reactors();
  const auto fewest = std::min_element(all.begin(), all.end(), [](const ReactorThread* a, const ReactorThread* b) {
    return a->connections() < b->connections();
  });
  return fewest == all.end() ? nullptr : *fewest;
}

bool engine_is_on(const server_rec* s) noexcept { return !reactors().empty() && config_of(s).engine.value_or(true); }

bool cache_answers_quickly() noexcept {
  static const bool any = [] {
    const apr_array_header_t* hooks = ap_hook_get_quick_handler();
    const auto* hook = reinterpret_cast<const ap_LINK_quick_handler_t*>(hooks->elts);
    return std::any_of(hook, hook + hooks->nelts, [](const ap_LINK_quick_handler_t& one) {
      return std::string_view(one.szName) == "mod_cache.c";
    });
  }();
  return any;
}

bool handshakes_may_repeat() noexcept { return repeated_handshakes; }
void note_repeated_handshakes() noexcept { repeated_handshakes = true; }

bool engine_takes_more() noexcept { return !ending; }

int capture_connection(conn_rec* c) noexcept {
  try {
    return capture_if_worth_it(c);
  } catch (const std::exception& escaped) {
    ap_log_cerror(APLOG_MARK, APLOG_ERR, 0, c, CXXPROXY_LOGNO(0005) "connection given up: %s", escaped.what());
    return DECLINED;
  }
}

int intercept_request(request_rec* r, int lookup) noexcept {
  ClientConnection* connection = ClientConnection::of(r->connection);
  if (lookup || !connection || r->main) return DECLINED;
  // The error page of a request that the core itself refuses: nobody here can wait for it, so it is the plain one.
  if (r->prev) return ReactorThread::current() ? r->prev->status : DECLINED;
  if (connection->captive) return connection->captive->intercept(r) ? SUSPENDED : DECLINED;
  connection->phases.emplace(r).begin(true);
  return DECLINED;
}

int count_request(request_rec* r) noexcept {
  ReactorThread* const here = ReactorThread::current();
  if (!here) return DECLINED;
  const ClientConnection* connection = ClientConnection::of(r->connection);
  here->scoreboard().count(r, connection && connection->timed);
  return DECLINED;
}

void drain_engine(apr_pool_t*, int graceful) noexcept {
  // From here on threads of the MPM finish what they have begun: it waits for them, but a connection that was accepted
  // in this very moment it does not count yet.
  ending = true;
  if (!graceful) return;
  close_idle_connections(ap_server_conf);
  for (ReactorThread* reactor : reactors()) reactor->drain();
}

}  // namespace cxxproxy::httpd
