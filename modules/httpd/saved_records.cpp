#include "httpd/saved_records.hpp"

#include <algorithm>
#include <string>

namespace cxxproxy::httpd {
namespace {

using balance::SavedLine;

constexpr std::int64_t most_score = std::int64_t{1} << 48;  // far from where sums of them run over

template <class Line, class Live>
void member_fields(Line& line, Live& live, std::string (*name)(const char*)) {
  line(name("loadfactor"), live.load_factor);
  line(name("lbset"), live.lbset);
  line(name("route"), live.route);
  line(name("redirect"), live.redirect);
  line(name("hcmethod"), live.health.method);
  line(name("hcinterval"), live.health.interval_us);
  line(name("hcpasses"), live.health.passes);
  line(name("hcfails"), live.health.fails);
  line(name("hcuri"), live.health.uri);
  line(name("hcexpr"), live.health.expression);
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
void keep_in_range(LiveHealth& live) {
  if (static_cast<std::size_t>(live.method) >= health::check_method_names.size())
    live.method = health::CheckMethod::None;
  live.interval_us = std::clamp<std::int64_t>(live.interval_us, apr_time_from_msec(100), apr_time_from_sec(INT32_MAX));
  live.passes = std::max(live.passes, 0);
  live.fails = std::max(live.fails, 0);
}

void keep_in_range(LiveMember& live) {
  live.load_factor = std::clamp<std::uint32_t>(live.load_factor, 100, 10000);
  live.lbset = std::clamp(live.lbset, 0, 99);
  keep_in_range(live.health);
}

void keep_in_range(LiveBalancer& live) {
  live.timeout_us = std::clamp<std::int64_t>(live.timeout_us, 0, apr_time_from_sec(INT32_MAX));
  live.max_attempts = std::max(live.max_attempts, -1);
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

}  // namespace

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

// Slots in the order of the lines; a balancer's added members follow it.
void* segment_of_lines(apr_pool_t* pool, const std::vector<SavedLine>& lines) {
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

}  // namespace cxxproxy::httpd
