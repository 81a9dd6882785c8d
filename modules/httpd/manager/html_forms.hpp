// The forms of the balancer-manager's page.
#pragma once

#include "httpd/manager/html.hpp"
#include "httpd/member.hpp"

namespace cxxproxy::httpd::manager {

void show_member_form(Html& html, const Balancer& balancer, const Member& member);
void show_balancer_form(Html& html, const Balancer& balancer);

}  // namespace cxxproxy::httpd::manager
