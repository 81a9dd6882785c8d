#include "httpd/explain/parts.hpp"

#include "httpd/explain/locations.hpp"
#include "httpd/scheme.hpp"

#include "routing/coverage.hpp"
#include "wire/url.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace cxxproxy::httpd {
namespace {

using Kind = routing::CoverageRule::Kind;

// A mapping of a server, or of a <Location>, which come first.
struct Tried {
  const Mapping* mapping;
  bool of_location;
};

// Those of <Location> sections, the main server's included: the last one that holds a path has it.
void add_locations(const server_rec* s, std::vector<Tried>& all) {
  const std::vector<const DirConfig*> sections = locations_of(s);
  std::for_each(sections.rbegin(), sections.rend(), [&](const DirConfig* section) {
    if (section->mapping) all.push_back({section->mapping, true});
  });
}

std::vector<Tried> in_order(const server_rec* s) {
  std::vector<Tried> found;
  add_locations(s, found);
  for (const Mapping& mapping : config_of(s).mappings) found.push_back({&mapping, false});
  std::vector<Tried> ordered;
  for (const bool encoded : {true, false}) {
    for (const Tried& tried : found) {
      if (tried.mapping->encoded == encoded) ordered.push_back(tried);
    }
  }
  return ordered;
}

// A <Location> with a mapping for the path as it was sent hides those around it for the decoded one, and vice versa.
bool locations_are_mixed(const std::vector<Tried>& all) {
  const auto has = [&](bool encoded) {
    return std::any_of(all.begin(), all.end(), [encoded](const Tried& tried) {
      return tried.of_location && tried.mapping->encoded == encoded;
    });
  };
  return has(true) && has(false);
}

Kind kind_of(const Mapping& mapping) {
  if (mapping.regex) return Kind::Regex;
  return mapping.servlet ? Kind::Servlet : Kind::Prefix;
}

// A WebSocket mapping may leave other requests to those behind it, see ProxyWebsocketFallbackToProxyHttp.
std::vector<routing::CoverageRule> rules_of(const std::vector<Tried>& all) {
  const bool mixed = locations_are_mixed(all);
  std::vector<routing::CoverageRule> rules;
  for (const auto& [mapping, of_location] : all) {
    const bool passes_on = is_websocket(scheme_of(mapping->target));
    rules.push_back({.path = mapping->path,
                     .kind = kind_of(*mapping),
                     .early = mapping->encoded,
                     .conditional = mapping->interpolate || passes_on || (of_location && mixed)});
  }
  return rules;
}

std::string options_of(const Mapping& mapping) {
  std::string text;
  if (mapping.servlet) {
    text += " mapping=servlet";
  } else if (mapping.encoded) {
    text += " mapping=encoded";
  }
  if (mapping.nocanon) text += " nocanon";
  if (mapping.noquery) text += " noquery";
  if (mapping.interpolate) text += " interpolate";
  return text;
}

std::string rule_text(const Tried& tried) {
  const Mapping& mapping = *tried.mapping;
  std::string text = mapping.regex ? "ProxyPassMatch " : "ProxyPass ";
  if (tried.of_location) text = "<Location> " + text;
  return text + mapping.path;
}

std::string verdict_on(const std::vector<routing::CoverageRule>& rules, std::size_t place) {
  if (routing::catches_nothing(rules[place])) return "  NEVER MATCHES: paths begin with a slash";
  const std::optional<std::size_t> cover = routing::covering_rule(rules, place);
  return cover ? "  NEVER MATCHES: " + std::to_string(*cover + 1) + " catches all its paths" : "";
}

}  // namespace

void explain_mappings(Report& report, const server_rec* s) {
  const std::vector<Tried> all = in_order(s);
  if (all.empty()) return;
  const std::vector<routing::CoverageRule> rules = rules_of(all);
  Table table;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Mapping& mapping = *all[i].mapping;
    const std::string target =
        mapping.excludes() ? "! (not proxied)" : wire::without_password(mapping.target) + options_of(mapping);
    table.row({std::to_string(i + 1), rule_text(all[i]), target, mapping.defined_at + verdict_on(rules, i)});
  }
  report.line(1, {"Mappings, in the order tried:"});
  table.write(report, 2);
}

}  // namespace cxxproxy::httpd
