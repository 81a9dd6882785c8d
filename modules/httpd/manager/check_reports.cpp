#include "httpd/manager/check_reports.hpp"

namespace cxxproxy::httpd::manager {

const CheckReport& CheckReports::of(const Member& member) {
  if (all_.empty()) copy();
  return all_[member.state->number];
}

void CheckReports::copy() {
  const SharedState& shared = *shared_state();
  all_.resize(shared.members().size());
  if (const auto guard = shared.lock().hold_briefly()) {
    for (std::size_t number = 0; number < all_.size(); ++number) all_[number] = shared.record(number).check;
  }
}

}  // namespace cxxproxy::httpd::manager
