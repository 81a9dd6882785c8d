// Besides what is said at every start: what looks like a mistake, and may be meant.
#include "httpd/explain/parts.hpp"

#include "httpd/explain/locations.hpp"
#include "httpd/warnings.hpp"

#include "wire/url.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace cxxproxy::httpd {
namespace {

class Warnings {
 public:
  explicit Warnings(Report& report) : report_(report) {}

  // The same sentence once, however many servers it holds for.
  void say(const std::string& text) {
    if (!said_.insert(text).second) return;
    if (said_.size() == 1) report_.line(0, {"Warnings"});
    report_.line(1, {text});
  }
  void say(const std::vector<Warning>& warnings) {
    for (const Warning& warning : warnings) say(warning.id + warning.text);
  }

 private:
  Report& report_;
  std::set<std::string> said_;
};

bool sticks(const BalancerSettings& settings) { return *settings.sticky_cookie || *settings.sticky_param; }

void look_at(const Balancer& balancer, Warnings& warnings) {
  const PoolArray<Member*>& members = owner_of_members(balancer).members;
  const std::string name =
      std::string(balancer.name) + (balancer.defined_at ? std::string(" (") + balancer.defined_at + ")" : "");
  if (members.empty()) {
    warnings.say(name + ": has no members: its requests get 503");
    return;
  }
  const bool any_route =
      std::any_of(members.begin(), members.end(), [](const Member* member) { return *member->settings.route; });
  if (sticks(balancer.settings) && !any_route) {
    warnings.say(name + ": stickysession= finds nobody, because no member has a route=");
  }
  const bool all_stand_by = std::all_of(members.begin(), members.end(), [](const Member* member) {
    return member->settings.initial_status.has_any(balance::unusable_flags | balance::MemberFlag::Standby);
  });
  if (all_stand_by) warnings.say(name + ": all members are standbys or out of use");
}

// Whether redirects of `target` come back under a public name.
bool is_reversed(const DirConfig& dir, std::string_view target) {
  return std::any_of(dir.reverse.begin(), dir.reverse.end(), [&](const ReverseRule& rule) {
    const std::string_view internal = rule.internal;
    return rule.interpolate || target.starts_with(internal) || internal.starts_with(target);
  });
}

bool is_reversed_anywhere(const server_rec* s, std::string_view target) {
  if (is_reversed(config_of(s->lookup_defaults), target)) return true;
  const std::vector<const DirConfig*> sections = locations_of(s);
  return std::any_of(sections.begin(), sections.end(),
                     [&](const DirConfig* section) { return is_reversed(*section, target); });
}

void look_at(const server_rec* s, const Mapping& mapping, Warnings& warnings) {
  warnings.say(surprises_of(mapping, false));
  if (mapping.excludes() || mapping.regex || mapping.interpolate) return;
  if (config_of(s->lookup_defaults).preserve_host.value_or(false) || is_reversed_anywhere(s, mapping.target)) return;
  warnings.say(std::string(mapping.defined_at) + ": there is no ProxyPassReverse for " +
               wire::without_password(mapping.target) + ", so its redirects lead clients there");
}

void look_at(const server_rec* s, const Member& member, Warnings& warnings) {
  if (!lacks_tls(s, member)) return;
  warnings.say(wire::without_password(member.name) + " (" + member.defined_at +
               "): SSLProxyEngine is not On for it: its requests get 500");
}

}  // namespace

void explain_warnings(Report& report, server_rec* main_server) {
  Warnings warnings(report);
  warnings.say(what_does_not_act(main_server));
  for (server_rec* s = main_server; s; s = s->next) {
    const ServerConfig& config = config_of(s);
    for (const Mapping& mapping : config.mappings) look_at(s, mapping, warnings);
    for (const Member* member : config.members) look_at(s, *member, warnings);
    for (const Balancer* balancer : config.balancers) {
      look_at(*balancer, warnings);
      for (const Member* member : balancer->members) look_at(s, *member, warnings);
    }
  }
}

}  // namespace cxxproxy::httpd
