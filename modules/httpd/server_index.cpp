#include "httpd/server_index.hpp"

#include "routing/member_name.hpp"

#include <functional>

namespace cxxproxy::httpd {
namespace {

bool is_plain_prefix(const Mapping& mapping) { return !mapping.regex && !mapping.servlet && !mapping.interpolate; }

// Their places are the mappings' numbers: one that is not among them is an empty text, which catches nothing.
routing::PathIndex prefixes_of(const PoolArray<Mapping>& mappings, bool encoded) {
  std::vector<std::string_view> paths;
  for (const Mapping& mapping : mappings) {
    const bool listed = mapping.encoded == encoded && is_plain_prefix(mapping);
    paths.push_back(listed ? std::string_view(mapping.path) : std::string_view{});
  }
  return routing::PathIndex(paths);
}

routing::NameIndex names_of(const PoolArray<Member*>& members) {
  std::vector<routing::MemberName> names;
  for (const Member* member : members) {
    names.push_back({.text = member->name,
                     .is_pattern = member->is_pattern,
                     .varies = member->is_pattern && !member->settings.fixed_address});
  }
  return routing::NameIndex(names);
}

routing::PrefixIndex names_of(const PoolArray<Balancer*>& balancers) {
  std::vector<std::string_view> names;
  for (const Balancer* balancer : balancers) names.push_back(balancer->name);
  return routing::PrefixIndex(names);
}

}  // namespace

MappingIndex::MappingIndex(const PoolArray<Mapping>& mappings, bool encoded)
    : prefixes_(prefixes_of(mappings, encoded)) {
  for (std::size_t number = 0; number < mappings.size(); ++number) {
    if (mappings[number].encoded == encoded && !is_plain_prefix(mappings[number])) others_.push_back(number);
  }
}

ServerIndex::ServerIndex(const ServerConfig& config)
    : config_(config),
      encoded_(config.mappings, true),
      plain_(config.mappings, false),
      members_(names_of(config.members)),
      balancers_(names_of(config.balancers)) {
  for (const Mapping& mapping : config.mappings) {
    const std::size_t authority = routing::authority_length(mapping.target);
    const auto place = authority ? members_.longest_for_all(mapping.target, authority) : std::nullopt;
    settled_.push_back(place ? config.members[*place] : nullptr);
  }
}

Member* ServerIndex::settled_by(const Mapping* mapping, std::string_view url) const noexcept {
  const Mapping* first = config_.mappings.begin();
  // One of a <Location> is not in the list.
  if (std::less<>()(mapping, first) || !std::less<>()(mapping, first + settled_.size())) return nullptr;
  return url.starts_with(mapping->target) ? settled_[static_cast<std::size_t>(mapping - first)] : nullptr;
}

Member* ServerIndex::member(std::string_view url, const Origin& origin, const Mapping* mapping) const noexcept {
  if (Member* settled = mapping ? settled_by(mapping, url) : nullptr) return settled;
  const std::optional<std::size_t> place = members_.longest(url, origin.text.size());
  return place ? config_.members[*place] : nullptr;
}

Balancer* ServerIndex::balancer(const Origin& name) const noexcept {
  const routing::PrefixIndex::Entry* entry = balancers_.longest(name.text);
  return entry && entry->text == name.text ? config_.balancers[entry->position] : nullptr;
}

void make_indexes(apr_pool_t* pool, server_rec* main_server) {
  for (server_rec* s = main_server; s; s = s->next) {
    ServerConfig& config = config_of(s);
    // A virtual host without settings of its own has the main server's.
    if (!config.index) config.index = &make_in<ServerIndex>(pool, config);
  }
}

}  // namespace cxxproxy::httpd
