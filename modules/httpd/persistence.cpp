#include "httpd/persistence.hpp"

#include "httpd/config.hpp"
#include "httpd/contain.hpp"
#include "httpd/log.hpp"
#include "httpd/pool.hpp"
#include "httpd/saved_records.hpp"

#include "balance/saved_state.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

APLOG_USE_MODULE(proxy_balancer);

namespace cxxproxy::httpd {
namespace {

using balance::SavedLine;

constexpr off_t most_bytes = 64 << 20;

// Of the running generation, in the parent.
struct Kept {
  const char* file;
  pid_t parent;
  std::vector<std::size_t> balancers;  // numbers of those whose server has it On
  std::vector<std::size_t> members;    // slots of their members in the configuration
  std::uint64_t saved_version;
  bool failing = false;
};
Kept* kept = nullptr;

const char* file_name(apr_pool_t* pool) { return ap_runtime_dir_relative(pool, "cxxproxy-balancers.state"); }

// A balancer's line comes before those of its added members.
std::vector<SavedLine> lines_of(const SharedState& shared) {
  std::vector<SavedLine> lines;
  for (const std::size_t slot : kept->members) lines.push_back(line_of(shared, slot));
  for (const std::size_t number : kept->balancers) {
    const BalancerState& balancer = shared.balancer(number);
    lines.push_back(line_of(balancer));
    for (std::uint32_t i = 0; i < balancer.added; ++i) lines.push_back(line_of(shared, balancer.first_added + i));
  }
  return lines;
}

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

// Nothing where there is no such file; else what it holds, or in errno why not.
std::optional<std::string> contents_of(const char* name) {
  const Descriptor file{::open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
  if (file.fd < 0) return std::nullopt;
  std::string text;
  char piece[65536];
  for (;;) {
    const ssize_t got = ::read(file.fd, piece, sizeof(piece));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
    if (text.size() > static_cast<std::size_t>(most_bytes)) {
      errno = EFBIG;
      return std::nullopt;
    }
  }
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno != EINTR) return false;
    if (put > 0) text.remove_prefix(static_cast<std::size_t>(put));
  }
  return ::fsync(fd) == 0;
}

// All of it or nothing: whoever looks finds the old file or the new one.
bool replace(const char* name, std::string_view text) {
  const std::string next = std::string(name) + ".new";
  ::unlink(next.c_str());
  const Descriptor file{::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (file.fd < 0) return false;
  if (write_all(file.fd, text) && ::rename(next.c_str(), name) == 0) return true;
  const int why = errno;
  ::unlink(next.c_str());
  errno = why;
  return false;
}

void set_aside(server_rec* s, const char* name, std::string_view why) {
  const std::string aside = std::string(name) + ".refused";
  const bool moved = ::rename(name, aside.c_str()) == 0;
  ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
               CXXPROXY_LOGNO(0208) "BalancerPersist: %s is not used, and all balancers begin as configured: %s%s%s",
               name, std::string(why).c_str(), moved ? ". It is kept as " : "", moved ? aside.c_str() : "");
}

// If the lock is not to be had, because a child that holds it was stopped, the file gets what there is.
void save(server_rec* s) {
  const SharedState& shared = *shared_state();
  const std::uint64_t version = shared.version();
  std::string text;
  {
    const auto guard = shared.lock().hold_briefly();
    text = balance::write_saved(lines_of(shared));
  }
  if (replace(kept->file, text)) {
    kept->saved_version = version;
    kept->failing = false;
    return;
  }
  // It is tried again, and said once.
  if (std::exchange(kept->failing, true)) return;
  ap_log_error(APLOG_MARK, APLOG_ERR, errno, s, CXXPROXY_LOGNO(0209) "BalancerPersist: cannot write %s", kept->file);
}

// At the end of the configuration's pool, which is that of the generation; children have other ends.
apr_status_t save_at_the_end(void* s) noexcept {
  if (kept && kept->parent == getpid()) {
    contain<[](server_rec* server) { return save(server), OK; }, OK>(static_cast<server_rec*>(s));
    kept = nullptr;
  }
  return APR_SUCCESS;
}

int save_if_changed(server_rec* s) {
  if (kept && kept->parent == getpid() && kept->saved_version != shared_state()->version()) save(s);
  return DECLINED;
}

}  // namespace

bool persists(server_rec* main_server) {
  for (server_rec* s = main_server; s; s = s->next) {
    if (config_of(s).balancer_persist.value_or(false)) return true;
  }
  return false;
}

void* load_saved(apr_pool_t* pool, server_rec* main_server) {
  const char* name = file_name(pool);
  if (!name) return nullptr;
  const std::optional<std::string> text = contents_of(name);
  if (!text) {
    if (errno != ENOENT) set_aside(main_server, name, apr_psprintf(pool, "it cannot be read (%s)", strerror(errno)));
    return nullptr;
  }
  std::string wrong;
  const std::optional<std::vector<SavedLine>> lines = balance::read_saved(*text, wrong);
  if (!lines) {
    set_aside(main_server, name, "it is damaged, or not this module's: " + wrong);
    return nullptr;
  }
  return segment_of_lines(pool, *lines);
}

void keep_saved(apr_pool_t* pconf, server_rec* main_server, const StatePlan& plan) {
  kept = nullptr;
  if (!persists(main_server)) return;
  kept = &make_in<Kept>(pconf);
  kept->file = file_name(pconf);
  kept->parent = getpid();
  for (std::size_t i = 0; i < plan.balancers.size(); ++i) {
    if (plan.balancers[i].persists) kept->balancers.push_back(i);
  }
  for (std::size_t i = 0; i < plan.members.size(); ++i) {
    if (plan.members[i].persists) kept->members.push_back(i);
  }
  kept->saved_version = shared_state()->version();
  // Before the pools and cleanups of whatever the state needs.
  apr_pool_pre_cleanup_register(pconf, main_server, save_at_the_end);
}

int save_changes(apr_pool_t*, server_rec* main_server) noexcept {
  return contain<save_if_changed, DECLINED>(main_server);
}

}  // namespace cxxproxy::httpd
