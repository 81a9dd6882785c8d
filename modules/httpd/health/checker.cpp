#include "httpd/health/checker.hpp"

#include "httpd/capture/no_signals.hpp"
#include "httpd/health/checker_lock.hpp"
#include "httpd/health/member_check.hpp"
#include "httpd/log.hpp"
#include "httpd/mpm.hpp"
#include "httpd/roster.hpp"
#include "httpd/shared_state.hpp"
#include "httpd/tls_profiles.hpp"

#include <mpm_common.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <random>
#include <unordered_map>
#include <unordered_set>

APLOG_USE_MODULE(proxy_hcheck);

namespace cxxproxy::httpd {
namespace {

using namespace std::chrono_literals;

// What the balancer-manager has changed is seen so soon.
constexpr engine::Duration changes_pace = 100ms;

// Changed or not, what it might have missed.
constexpr engine::Duration look_around_pace = 1s;

// How often the others look whether it is their turn: two times in the shortest interval, within these bounds.
constexpr engine::Duration quickest_turn = 50ms;
constexpr engine::Duration slowest_turn = 1s;
constexpr engine::Duration idle_turn = 5s;  // there is nothing to check

class Checker final : private engine::Timer {
 public:
  explicit Checker(server_rec* main_server) : main_server_(main_server) {}

  apr_status_t start(apr_pool_t* pool);

  // Any thread, a signal handler too.
  void stop() noexcept { reactor_.stop(); }
  void join() noexcept;
  bool ended() const noexcept { return ended_; }

 private:
  static void* APR_THREAD_FUNC run(apr_thread_t* thread, void* self) noexcept;
  void run() noexcept;
  void on_time() noexcept override;
  engine::Duration turn();
  void look_around();
  void look_at(server_rec* s, Balancer& balancer);
  engine::Duration pace() const noexcept;

  server_rec* const main_server_;
  engine::Reactor reactor_;
  apr_thread_t* thread_ = nullptr;
  std::atomic<bool> ended_{false};

  // Of its thread.
  bool leads_ = false;
  std::uint64_t version_ = 0;
  engine::TimePoint looked_{};
  engine::Duration shortest_ = engine::Duration::max();  // interval of all members; max: none is checked
  std::unordered_map<const Member*, std::unique_ptr<MemberCheck>> checks_;
  std::unordered_set<const Member*> wanted_;
  std::minstd_rand random_{std::random_device{}()};
};

apr_status_t Checker::start(apr_pool_t* pool) {
  apr_threadattr_t* attributes = nullptr;
  apr_threadattr_create(&attributes, pool);
  if (ap_thread_stacksize != 0) apr_threadattr_stacksize_set(attributes, ap_thread_stacksize);
  const NoSignals quiet;
  return ap_thread_create(&thread_, attributes, run, this, pool);
}

void Checker::join() noexcept {
  apr_status_t result = APR_SUCCESS;
  if (thread_) apr_thread_join(&result, thread_);
  thread_ = nullptr;
}

void* Checker::run(apr_thread_t*, void* self) noexcept {
  static_cast<Checker*>(self)->run();
  return nullptr;
}

void Checker::run() noexcept {
  try {
    reactor_.timers().set_now(*this);
    reactor_.run();
  } catch (const std::exception& escaped) {
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, main_server_,
                 CXXPROXY_LOGNO(0502) "health checks of this process broke off: %s", escaped.what());
  }
  reactor_.timers().cancel(*this);
  checks_.clear();
  if (leads_) let_checker_lock_go();
  ended_ = true;
}

void Checker::on_time() noexcept {
  engine::Duration again = look_around_pace;
  try {
    again = turn();
  } catch (const std::exception& escaped) {
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, main_server_, CXXPROXY_LOGNO(0502) "health checks stand still: %s",
                 escaped.what());
  }
  reactor_.timers().set(*this, engine::deadline_after(reactor_.now(), again));
}

engine::Duration Checker::turn() {
  // Prefork tells nobody before the last request has ended, and that may take long.
  if (process_ends()) reactor_.stop();
  if (!leads_ && take_checker_lock()) {
    leads_ = true;
    looked_ = {};
    ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, main_server_, CXXPROXY_LOGNO(0501) "process %ld checks members now",
                 static_cast<long>(getpid()));
  }
  const std::uint64_t version = shared_state()->version();
  if (version != version_ || reactor_.now() - looked_ >= look_around_pace) {
    version_ = version;
    looked_ = reactor_.now();
    look_around();
  }
  return pace();
}

engine::Duration Checker::pace() const noexcept {
  const bool idle = shortest_ == engine::Duration::max();
  if (leads_) return idle ? look_around_pace : changes_pace;
  return idle ? idle_turn : std::clamp(shortest_ / 2, quickest_turn, slowest_turn);
}

void Checker::look_around() {
  shortest_ = engine::Duration::max();
  wanted_.clear();
  for (server_rec* s = main_server_; s; s = s->next) {
    for (Balancer* balancer : config_of(s).balancers) {
      // What is inherited is the main server's.
      if (balancer->server == &config_of(s) && !balancer->members_of) look_at(s, *balancer);
    }
  }
  std::erase_if(checks_, [this](const auto& one) { return !wanted_.contains(one.first); });
}

void Checker::look_at(server_rec* s, Balancer& balancer) {
  const Roster& roster = roster_of(balancer);
  for (std::size_t id = 0; id < roster.members.size(); ++id) {
    const LiveHealth& settings = roster.live[id].health;
    if (settings.method == health::CheckMethod::None) continue;
    shortest_ = std::min(shortest_, engine::Duration(settings.interval_us));
    if (!leads_) continue;
    Member* const member = roster.members[id];
    wanted_.insert(member);
    std::unique_ptr<MemberCheck>& check = checks_[member];
    if (!check) {
      const double phase = std::uniform_real_distribution<double>()(random_);
      check =
          std::make_unique<MemberCheck>(reactor_, CheckedMember{s, &balancer, member, tls_way_to(s, *member)}, phase);
    }
    check->set(settings);
  }
}

// This child's. Never deleted: its thread may still be about to end.
Checker* checker = nullptr;

bool any_balancer(const server_rec* s) {
  for (; s; s = s->next) {
    if (!config_of(s).balancers.empty()) return true;
  }
  return false;
}

// Prefork ends a child in a signal handler, where a thread cannot be joined: it gets a moment to end.
void await_end() noexcept {
  constexpr timespec moment{0, 1'000'000};
  for (int i = 0; i < 100 && !checker->ended(); ++i) nanosleep(&moment, nullptr);
}

}  // namespace

int prepare_checks(server_rec* main_server) {
  if (!any_balancer(main_server)) return OK;
  const apr_status_t why = make_checker_lock(main_server);
  if (why == APR_SUCCESS) return OK;
  ap_log_error(APLOG_MARK, APLOG_CRIT, why, main_server, CXXPROXY_LOGNO(0504) "no lock for health checks");
  return HTTP_INTERNAL_SERVER_ERROR;
}

void start_checker(apr_pool_t* child_pool, server_rec* main_server) {
  if (!any_balancer(main_server)) return;
  auto made = std::make_unique<Checker>(main_server);
  if (const apr_status_t status = made->start(child_pool); status != APR_SUCCESS) {
    ap_log_error(APLOG_MARK, APLOG_ERR, status, main_server, CXXPROXY_LOGNO(0505) "no thread for health checks");
    return;
  }
  checker = made.release();
  apr_pool_pre_cleanup_register(child_pool, nullptr, [](void*) noexcept -> apr_status_t {
    checker->stop();
    if (threads_per_child() > 1) {
      checker->join();
    } else {
      await_end();
    }
    return APR_SUCCESS;
  });
}

void stop_checker(apr_pool_t*, int) noexcept {
  if (checker) checker->stop();
}

}  // namespace cxxproxy::httpd
