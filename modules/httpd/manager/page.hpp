// The balancer-manager's pages. What scripts written for the stock page look for, they find: titles, headings, tables
// and their columns, names of fields, elements of the XML.
#pragma once

#include "httpd/apache.hpp"
#include "httpd/live_settings.hpp"
#include "httpd/manager/form.hpp"
#include "httpd/member.hpp"

#include <string>
#include <string_view>

namespace cxxproxy::httpd {
struct Roster;
}  // namespace cxxproxy::httpd

namespace cxxproxy::httpd::manager {

// What of a page is about one balancer, or one member.
struct Selection {
  Balancer* balancer = nullptr;
  Member* member = nullptr;
};

// Markup and script leave nothing for a Content-Security-Policy to forbid: no inline style or script, and nothing from
// elsewhere.
int send_html(request_rec* r, const Form& form, const Selection& selected);

int send_xml(request_rec* r);

// The same, and no password of a member.
int send_json(request_rec* r);

// The style sheet and the script that the page asks for: `?file=NAME`. 404 for any other name.
int send_file(request_rec* r, std::string_view name);

// For all pages: "1.00", "Init Ok ", "3.0K", "cookie|param" (or `none` where there are no sessions), the retries that a
// balancer makes.
const char* factor_text(apr_pool_t* pool, std::uint32_t load_factor);
const char* status_text(apr_pool_t* pool, const Member& member);
const char* byte_count(apr_pool_t* pool, std::uint64_t bytes);
std::string sticky_names(const LiveBalancer& live, std::string_view between, std::string_view none);
std::size_t attempts_of(const Roster& roster);

}  // namespace cxxproxy::httpd::manager
