#include "httpd/persistence.hpp"

#include "httpd/config.hpp"
#include "httpd/contain.hpp"
#include "httpd/log.hpp"
#include "httpd/pool.hpp"

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
constexpr std::int64_t most_score = std::int64_t{1} << 48;  // far from where sums of them run over

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

template <class Line, class Live>
void member_fields(Line& line, Live& live, std::string (*name)(const char*)) {
  line(name("loadfactor"), live.load_factor);
  line(name("lbset"), live.lbset);
  line(name("route"), live.route);
  line(name("redirect"), live.redirect);
}

template <class Line, class Live>
void balancer_fields(Line& line, Live& live, std::string (*name)(const char*)) {
  line(name("lbmethod"), live.lbmethod);
  line(name("timeout"), live.timeout_us);
  line(name("maxattempts"), live.max_attempts);
  line(name("nofailover"), live.nofailover);
  line(name("cookie"), live.sticky_cookie);
  line(name("param"), live.sticky_param);
}

// Each live value stands twice in a line: as it is, and with a prefix as it was configured.
std::string as_is(const char* name) { return name; }
std::string as_configured(const char* name) { return std::string("configured-") + name; }

struct Writer {
  SavedLine& line;

  template <std::size_t room>
  void operator()(const std::string& name, const FixedText<room>& value) const {
    line.set(name, value.view());
  }
  template <class T>
  void operator()(const std::string& name, const T& value) const {
    line.set(name, static_cast<std::int64_t>(value));
  }
};

struct Reader {
  const SavedLine& line;

  template <std::size_t room>
  void operator()(const std::string& name, FixedText<room>& value) const {
    value.set(line.text(name));
  }
  template <class T>
  void operator()(const std::string& name, T& value) const {
    value = static_cast<T>(line.number(name).value_or(static_cast<std::int64_t>(value)));
  }
};

// The sum says that a file is whole, not who has written it: what the configuration refuses comes from no file either.
// Policies divide by the load factor.
void keep_in_range(LiveMember& live) {
  live.load_factor = std::clamp<std::uint32_t>(live.load_factor, 100, 10000);
  live.lbset = std::clamp(live.lbset, 0, 99);
}
void keep_in_range(LiveBalancer& live) {
  live.timeout_us = std::clamp<std::int64_t>(live.timeout_us, 0, apr_time_from_sec(INT32_MAX));
  live.max_attempts = std::max(live.max_attempts, -1);
}

SavedLine line_of(const SharedState& shared, std::size_t slot) {
  SavedLine line{"member", {}};
  const MemberRecord& record = shared.record(slot);
  const MemberState& state = shared.member(slot);
  Writer write{line};
  line.set("key", record.key.view());
  member_fields(write, record.now, as_is);
  member_fields(write, record.configured, as_configured);
  line.set("configured-status", record.configured_flags);
  line.set("status", state.flags.load());
  line.set("retries", state.retries.load());
  line.set("error-time", state.error_time_us.load());
  line.set("elected", static_cast<std::int64_t>(state.elected.load()));
  line.set("sent", static_cast<std::int64_t>(state.sent.load()));
  line.set("received", static_cast<std::int64_t>(state.received.load()));
  line.set("score", shared.score(state).load());
  return line;
}

SavedLine line_of(const BalancerState& state) {
  SavedLine line{"balancer", {}};
  Writer write{line};
  line.set("key", state.key.view());
  balancer_fields(write, state.now, as_is);
  balancer_fields(write, state.configured, as_configured);
  line.set("added", state.added);
  return line;
}

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

void read_into(SharedState& shared, std::size_t slot, const SavedLine& line) {
  MemberRecord& record = shared.record(slot);
  MemberState& state = shared.member(slot);
  Reader read{line};
  record.key.set(line.text("key"));
  member_fields(read, record.now, as_is);
  keep_in_range(record.now);
  member_fields(read, record.configured, as_configured);
  record.configured_flags = static_cast<std::uint32_t>(line.number("configured-status").value_or(0));
  state.flags.store(static_cast<std::uint32_t>(line.number("status").value_or(0)));
  state.retries.store(static_cast<std::uint32_t>(line.number("retries").value_or(0)));
  state.error_time_us.store(line.number("error-time").value_or(0));
  state.elected.store(static_cast<std::uint64_t>(line.number("elected").value_or(0)));
  state.sent.store(static_cast<std::uint64_t>(line.number("sent").value_or(0)));
  state.received.store(static_cast<std::uint64_t>(line.number("received").value_or(0)));
  shared.score(state).store(std::clamp(line.number("score").value_or(0), -most_score, most_score));
}

void read_into(BalancerState& state, const SavedLine& line) {
  Reader read{line};
  state.key.set(line.text("key"));
  balancer_fields(read, state.now, as_is);
  keep_in_range(state.now);
  balancer_fields(read, state.configured, as_configured);
}

// Slots in the order of the lines; a balancer's added members follow it.
void* segment_of(apr_pool_t* pool, const std::vector<SavedLine>& lines) {
  const auto balancers = static_cast<std::size_t>(
      std::count_if(lines.begin(), lines.end(), [](const SavedLine& line) { return line.kind == "balancer"; }));
  void* segment = SharedState::create(pool, lines.size() - balancers, balancers).base;
  if (!segment) return nullptr;
  SharedState shared(segment);
  std::size_t slot = 0;
  std::size_t number = 0;
  for (const SavedLine& line : lines) {
    if (line.kind != "balancer") {
      read_into(shared, slot++, line);
      continue;
    }
    BalancerState& balancer = shared.balancer(number++);
    read_into(balancer, line);
    const std::int64_t added = line.number("added").value_or(0);
    balancer.first_added = static_cast<std::uint32_t>(slot);
    const auto left = static_cast<std::int64_t>(shared.members().size() - slot);
    balancer.added = static_cast<std::uint32_t>(std::clamp<std::int64_t>(added, 0, left));
    balancer.most_added = balancer.added;
  }
  return segment;
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
    const bool locked = shared.lock().lock_briefly();
    const std::unique_lock guard =
        locked ? std::unique_lock(shared.lock(), std::adopt_lock) : std::unique_lock<SharedMutex>();
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
  return segment_of(pool, *lines);
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
