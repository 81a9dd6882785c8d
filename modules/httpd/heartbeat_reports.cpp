#include "httpd/heartbeat_reports.hpp"

#include "httpd/log.hpp"

#include <ap_slotmem.h>
#include <heartbeat.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <mutex>

APLOG_USE_MODULE(lbmethod_heartbeat);

namespace cxxproxy::httpd {
namespace {

using balance::HeartbeatReports;
using Shared = std::shared_ptr<const HeartbeatReports>;

constexpr apr_interval_time_t between_looks = APR_USEC_PER_SEC;
constexpr apr_interval_time_t kept_when_unreadable = 10 * APR_USEC_PER_SEC;
constexpr std::size_t most_bytes = 1024 * 1024;

// Set while httpd reads its configuration, before there are threads.
const char* storage = nullptr;
const char* path = nullptr;
const ap_slotmem_provider_t* slots = nullptr;
ap_slotmem_instance_t* monitor = nullptr;

const char* set_storage(cmd_parms* cmd, void*, const char* file) noexcept {
  if (const char* wrong = ap_check_cmd_context(cmd, GLOBAL_ONLY)) return wrong;
  storage = ap_runtime_dir_relative(cmd->pool, file);
  return storage ? nullptr : apr_pstrcat(cmd->pool, "HeartbeatStorage: '", file, "' is no path", nullptr);
}

struct Looked {
  std::unique_ptr<HeartbeatReports> reports;  // null: they could not be read
  apr_status_t why = APR_SUCCESS;
};

// A descriptor that is closed in the end.
class File {
 public:
  explicit File(const char* name) : fd_(open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

apr_status_t read_file(const char* name, std::string& text) {
  const File file(name);
  struct stat about {};
  if (file.fd() < 0 || fstat(file.fd(), &about) != 0) return errno;
  if (S_ISDIR(about.st_mode)) return EISDIR;
  if (!S_ISREG(about.st_mode)) return EINVAL;  // nothing that could make a thread wait
  text.resize(std::min(static_cast<std::size_t>(about.st_size), most_bytes));
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(file.fd(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  // A line that the limit cuts could say too much.
  if (size == most_bytes) size = text.rfind('\n') + 1;
  text.resize(size);
  return APR_SUCCESS;
}

Looked look_into_file() {
  std::string text;
  if (const apr_status_t why = read_file(path, text)) return {nullptr, why};
  return {std::make_unique<HeartbeatReports>(text), APR_SUCCESS};
}

// Whoever looks while the monitor writes may read half of a number, for a second.
apr_status_t add_slot(void* slot, void* reports, apr_pool_t*) noexcept {
  const auto& server = *static_cast<const hm_slot_server_t*>(slot);
  const std::string_view address(server.ip, strnlen(server.ip, sizeof(server.ip)));
  if (address.empty()) return APR_SUCCESS;
  try {
    static_cast<HeartbeatReports*>(reports)->add(
        address, {server.busy, server.ready, apr_time_sec(apr_time_now() - server.seen)});
  } catch (...) {
    return APR_ENOMEM;
  }
  return APR_SUCCESS;
}

Looked look_into_slots() {
  auto reports = std::make_unique<HeartbeatReports>();
  const apr_status_t why = slots->doall(monitor, add_slot, reports.get(), nullptr);
  if (why != APR_SUCCESS) return {nullptr, why};
  return {std::move(reports), APR_SUCCESS};
}

// A process's own.
class Board {
 public:
  const HeartbeatReports& reports(apr_time_t now) {
    apr_time_t due = look_again_at_.load(std::memory_order_relaxed);
    // Also when the clock was set back.
    const bool is_due = now >= due || due - now > between_looks;
    if (is_due && look_again_at_.compare_exchange_strong(due, now + between_looks)) look(now);
    static thread_local Shared mine;
    static thread_local std::uint64_t mine_is = 0;
    if (!mine || mine_is != version_.load(std::memory_order_acquire)) {
      const std::lock_guard lock(mutex_);
      if (!latest_) take_over(now, look_now());
      mine = latest_;
      mine_is = version_.load(std::memory_order_relaxed);
    }
    return *mine;
  }

 private:
  static Looked look_now() { return monitor ? look_into_slots() : look_into_file(); }

  void look(apr_time_t now) {
    Looked looked = look_now();
    const std::lock_guard lock(mutex_);
    take_over(now, std::move(looked));
  }

  void take_over(apr_time_t now, Looked looked) {
    if (looked.reports) {
      read_at_ = now;
      publish(std::move(looked.reports));
      return;
    }
    ap_log_error(APLOG_MARK, APLOG_ERR, looked.why, ap_server_conf,
                 APLOGNO(01213) "lb_heartbeat: Unable to read heartbeats at '%s'",
                 monitor ? "the shared memory of mod_heartmonitor" : path);
    if (!latest_ || now - read_at_ > kept_when_unreadable) publish(std::make_unique<HeartbeatReports>());
  }

  void publish(Shared reports) {
    latest_ = std::move(reports);
    version_.fetch_add(1, std::memory_order_release);
  }

  std::atomic<apr_time_t> look_again_at_ = 0;
  std::atomic<std::uint64_t> version_ = 0;
  std::mutex mutex_;  // held to copy a pointer; for the first reading, too
  Shared latest_;
  apr_time_t read_at_ = 0;
};

Board& board() {
  static Board own;
  return own;
}

}  // namespace

const command_rec heartbeat_directives[] = {
    AP_INIT_TAKE1("HeartbeatStorage", set_storage, nullptr, RSRC_CONF,
                  "the file that heartbeats are read from where mod_heartmonitor is not loaded"),
    {nullptr, {nullptr}, nullptr, 0, RAW_ARGS, nullptr}};

int forget_heartbeat_storage(apr_pool_t*, apr_pool_t*, apr_pool_t*) noexcept {
  storage = path = nullptr;
  slots = nullptr;
  monitor = nullptr;
  return OK;
}

int find_heartbeat_source(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* main_server) noexcept {
  path = storage ? storage : ap_runtime_dir_relative(pconf, DEFAULT_HEARTBEAT_STORAGE);
  slots = static_cast<const ap_slotmem_provider_t*>(ap_lookup_provider(AP_SLOTMEM_PROVIDER_GROUP, "shm", "0"));
  apr_size_t size = 0;
  unsigned int count = 0;
  if (!slots || slots->attach(&monitor, "mod_heartmonitor", &size, &count, pconf) != APR_SUCCESS) monitor = nullptr;
  if (monitor && size < sizeof(hm_slot_server_t)) monitor = nullptr;
  const bool is_used = ap_find_linked_module("mod_lbmethod_heartbeat.c") != nullptr;
  if (is_used && !monitor && ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_PRE_CONFIG) {
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, main_server, APLOGNO(02282) "No slotmem from mod_heartmonitor");
  }
  return OK;
}

const HeartbeatReports& heartbeat_reports(apr_time_t now) { return board().reports(now); }

}  // namespace cxxproxy::httpd
