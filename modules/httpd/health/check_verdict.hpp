// Whether what a member answered to a check is what is wanted of it.
#pragma once

#include "httpd/health/check_question.hpp"

#include <string>

namespace cxxproxy::httpd {

struct CheckVerdict {
  bool passed;
  std::string text;  // for pages and logs: what was found, and what is wrong with it
};

// By the expression of the member if it has one that exists, else by the status (200 to 399).
CheckVerdict judge(const CheckedMember& checked, const LiveHealth& settings, const probe::Answer& answer);

}  // namespace cxxproxy::httpd
