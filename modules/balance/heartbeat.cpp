#include "balance/heartbeat.hpp"

#include <algorithm>
#include <charconv>

namespace cxxproxy::balance {
namespace {

constexpr std::int64_t too_old_s = 10;
constexpr std::int64_t most_places = 1'000'000;  // of one server, so that no sum runs over

// Everything up to `end`, which is cut off along with it.
std::string_view cut(std::string_view& text, char end) noexcept {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

std::int64_t number_in(std::string_view text) noexcept {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Heartbeat read_report(std::string_view text) noexcept {
  Heartbeat report;
  while (!text.empty()) {
    std::string_view value = cut(text, '&');
    const std::string_view key = cut(value, '=');
    if (key == "busy") report.busy = number_in(value);
    if (key == "ready") report.ready = number_in(value);
    if (key == "lastseen") report.age_s = number_in(value);
  }
  return report;
}

std::uint64_t places_of(const MemberView& member, const HeartbeatReports& reports) noexcept {
  const Heartbeat* report = reports.find(member.host);
  return report ? report->places() : 0;
}

bool reports_in_time(const MemberView& member, const HeartbeatReports& reports) noexcept {
  const Heartbeat* report = reports.find(member.host);
  return report && report->age_s < too_old_s;
}

}  // namespace

std::uint64_t Heartbeat::places() const noexcept {
  if (age_s >= too_old_s) return 0;
  const auto free = static_cast<std::uint64_t>(std::clamp<std::int64_t>(ready, 0, most_places));
  return busy == 0 ? free / 4 : free;
}

HeartbeatReports::HeartbeatReports(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = cut(text, '\n');
    if (line.starts_with('#') || line.find(' ') == std::string_view::npos) continue;
    const std::string_view address = cut(line, ' ');
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (!address.empty()) add(address, read_report(line));
  }
}

void HeartbeatReports::add(std::string_view address, const Heartbeat& report) {
  by_address_.insert_or_assign(std::string(address), report);
}

const Heartbeat* HeartbeatReports::find(std::string_view host) const noexcept {
  const auto found = by_address_.find(host);
  return found == by_address_.end() ? nullptr : &found->second;
}

std::optional<MemberId> pick_by_heartbeat(std::span<const MemberView> members, const HeartbeatReports& reports,
                                          std::uint64_t dice) noexcept {
  std::uint64_t sum = 0;
  for (const MemberView& member : members) sum += places_of(member, reports);
  if (sum == 0) return std::nullopt;
  const std::uint64_t shown = dice % (sum + 1);
  std::optional<MemberId> picked;
  std::uint64_t begin = 0;
  for (const MemberView& member : members) {
    if (begin > shown) break;
    const std::uint64_t end = begin + places_of(member, reports);
    if (shown <= end && reports_in_time(member, reports)) picked = member.id;
    begin = end;
  }
  return picked;
}

}  // namespace cxxproxy::balance
