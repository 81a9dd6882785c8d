// What the last checks of members have found, for one page.
#pragma once

#include "httpd/member.hpp"
#include "httpd/shared_state.hpp"

#include <vector>

namespace cxxproxy::httpd::manager {

// All of them are copied at the first look, so that a page takes the lock once, and holds it for nothing else. If
// nobody lets go of it there are no reports on this page.
class CheckReports {
 public:
  const CheckReport& of(const Member& member);

 private:
  void copy();

  std::vector<CheckReport> all_;  // by the member's number
};

}  // namespace cxxproxy::httpd::manager
