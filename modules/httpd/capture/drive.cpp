#include "httpd/capture/drive.hpp"

#include "httpd/blocking_driver.hpp"
#include "httpd/capture/captive.hpp"
#include "httpd/capture/engine.hpp"
#include "httpd/capture/filters.hpp"
#include "httpd/capture/reactor_thread.hpp"

#include <atomic>
#include <chrono>

namespace cxxproxy::httpd {
namespace {

using exchange::Step;

// How long a worker waits before it leaves an exchange to a reactor: a backend that answers within it is cheaper
// answered here. Less when many do, because the MPM needs threads for new connections.
constexpr engine::Duration most_patience = std::chrono::milliseconds(5);
constexpr engine::Duration least_patience = std::chrono::milliseconds(1);

int threads_of_child() {
  static const int count = [] {
    int threads = 1;
    ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
    return threads;
  }();
  return count;
}

// A worker that may be waiting for a backend.
class Waiting {
 public:
  Waiting() noexcept : before_(count.fetch_add(1, std::memory_order_relaxed)) {}
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() { count.fetch_sub(1, std::memory_order_relaxed); }

  engine::Duration patience() const { return before_ < threads_of_child() / 2 ? most_patience : least_patience; }

 private:
  static inline std::atomic<int> count{0};
  int before_;
};

// Where the request may go on without this thread; null: nowhere.
ClientConnection* connection_to_park(const request_rec* r) {
  conn_rec* c = r->connection;
  // The core and the MPM do not know suspended requests anywhere else.
  if (r->main || r->prev || !c->cs || c->clogging_input_filters || !engine_is_on(r->server)) return nullptr;
  ClientConnection* connection = ClientConnection::of(c);
  if (!connection || (!connection->captive && !engine_takes_more())) return nullptr;
  // On a reactor begins_elsewhere() has asked already.
  return ReactorThread::current() || may_run_on_reactor(r) ? connection : nullptr;
}

// The MPM closes the connections that it keeps whenever it has no idle thread, even if a request is on its way, and a
// burst of clients takes all threads within a moment. So where there are others, one that is kept is kept here; one
// alone goes back, since many a client that comes alone asks once.
bool may_be_closed_early(const conn_rec* c) {
  return c->keepalive == AP_CONN_KEEPALIVE && ClientConnection::count() > 1;
}

int park(ClientConnection& connection, ProxiedRequest& request, const Step& step) {
  if (connection.captive) {
    connection.captive->take(request, step);
  } else {
    Captive::park(connection, request, step, *choose_reactor());
  }
  return SUSPENDED;
}

int drive_until_it_waits(ClientConnection& connection, ProxiedRequest& request) {
  OutputGate& gate = connection.gate();
  gate.engage(true);
  request.client().write_through(gate);
  const Waiting waiting;
  const Step step = drive_briefly(request.exchange(), request.client(), waiting.patience());
  const bool over = step.kind == Step::Kind::Done;
  gate.settle();  // which may find that the client is gone
  if (request.r()->connection->aborted && !connection.captive) {
    // The MPM closes such a connection, whatever we say.
    gate.drop();
    gate.engage(false);
    request.r()->connection->keepalive = AP_CONN_CLOSE;
    return over ? request.conclude() : DONE;
  }
  const bool keep = !connection.captive && may_be_closed_early(connection.c());
  if (!over || gate.holds() || keep) return park(connection, request, step);
  gate.engage(false);
  return request.conclude();
}

}  // namespace

bool begins_elsewhere(const request_rec* r) {
  ClientConnection* connection = ClientConnection::of(r->connection);
  if (!connection || r->main) return false;
  if (connection->phases) connection->phases->end();
  connection->phases.reset();
  if (!ReactorThread::current() || !connection->captive || may_run_on_reactor(r)) return false;
  connection->captive->ask_for_worker();
  return true;
}

int drive(ProxiedRequest& request) {
  ClientConnection* connection = connection_to_park(request.r());
  if (!connection) {
    drive_blocking(request);
    return request.conclude();
  }
  connection->worth_capturing = true;
  if (ap_is_chunked(request.r()->pool, apr_table_get(request.r()->headers_in, "Transfer-Encoding"))) {
    connection->hold_last_chunk();
  }
  if (!ReactorThread::current()) return drive_until_it_waits(*connection, request);
  request.client().write_through(connection->gate());
  Step begin;
  begin.kind = Step::Kind::Yield;
  connection->captive->take(request, begin);
  return SUSPENDED;
}

}  // namespace cxxproxy::httpd
