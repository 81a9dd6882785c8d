// The forms of the balancer-manager's page.
#pragma once

#include "httpd/manager/html.hpp"
#include "httpd/member.hpp"

namespace cxxproxy::httpd::manager {

// A row of a form with a field for text.
struct Field {
  std::string_view label;
  std::string_view name;
  std::string_view value;
};
void show_field(Html& html, const Field& field);

void show_member_form(Html& html, const Balancer& balancer, const Member& member);
void show_balancer_form(Html& html, const Balancer& balancer);

}  // namespace cxxproxy::httpd::manager
