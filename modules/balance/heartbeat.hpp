// lbmethod=heartbeat: requests go to whoever reports free places. The decision alone: reports in, member out. Where
// reports come from is httpd/heartbeat_reports's.
//
// The idea: servers tell how many places they have free ("ready"); a throw of dice over all of them says whose is
// taken. Members stand in a row, each over as many numbers as it has free places; the dice show a number from 0 to the
// sum. Both ends of a member's range are its own, and where two ranges touch the later member gets the number:
//
//     a: 2 free   b: 3 free        0   1   2   3   4   5
//                                  a   a   b   b   b   b
//
// A server that says it does nothing at all is believed a quarter of its places: it may have just begun, and all would
// go there. A report that is ten seconds old or older counts as none, and a member without a report gets nothing.
//
// Source: httpd's mod_lbmethod_heartbeat, whose shares these are. Sets, spares, standbys and weights mean nothing here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cxxproxy/policy.hpp"

namespace cxxproxy::balance {

struct Heartbeat {
  std::int64_t busy = 0;
  std::int64_t ready = 0;
  std::int64_t age_s = 0;  // when it was read

  // How many requests it may be sent; 0 for a report too old to tell.
  std::uint64_t places() const noexcept;
};

// Reports by the address they came from. Not changed any more once others see it.
class HeartbeatReports {
 public:
  HeartbeatReports() = default;

  // Lines `IP busy=1&ready=9&lastseen=2`, in any order of keys; others are passed over, and so are lines that begin
  // with
  // `#` or have no space. Nothing is too odd: what is no number is 0, and a key that is missing, too. Of two lines for
  // an address the later counts.
  explicit HeartbeatReports(std::string_view text);

  void add(std::string_view address, const Heartbeat& report);

  // Null for a host that reported nothing. The host is compared as text.
  const Heartbeat* find(std::string_view host) const noexcept;
  std::size_t size() const noexcept { return by_address_.size(); }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the standard's name
  };
  std::unordered_map<std::string, Heartbeat, Hash, std::equal_to<>> by_address_;
};

std::optional<MemberId> pick_by_heartbeat(std::span<const MemberView> members, const HeartbeatReports& reports,
                                          std::uint64_t dice) noexcept;

}  // namespace cxxproxy::balance
