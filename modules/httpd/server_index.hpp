// A server's lists, arranged so that a request finds what it looks for without going through them. Made in post_config,
// immutable afterwards: any thread.
#pragma once

#include "httpd/config.hpp"

#include "routing/name_index.hpp"
#include "routing/path_index.hpp"

#include <vector>

namespace cxxproxy::httpd {

// The mappings of one phase, by their numbers in ServerConfig::mappings. Most are path prefixes, of which the first
// that catches a path is found at once. The others (a regex, mapping=servlet, interpolate) have to be tried in turn.
class MappingIndex {
 public:
  MappingIndex(const PoolArray<Mapping>& mappings, bool encoded);

  std::optional<std::size_t> first_prefix(std::string_view path) const { return prefixes_.first_match(path); }
  std::span<const std::size_t> others() const noexcept { return others_; }

 private:
  routing::PathIndex prefixes_;
  std::vector<std::size_t> others_;
};

class ServerIndex {
 public:
  explicit ServerIndex(const ServerConfig& config);

  const MappingIndex& mappings(bool encoded) const noexcept { return encoded ? encoded_ : plain_; }

  // What find_member() finds among those that stand alone, for a URL in canonical form that begins with `origin`.
  // `mapping`, which has probably made the URL, helps to find it; it may be null.
  Member* member(std::string_view url, const Origin& origin, const Mapping* mapping) const noexcept;

  // What find_balancer() finds.
  Balancer* balancer(const Origin& name) const noexcept;

 private:
  Member* settled_by(const Mapping* mapping, std::string_view url) const noexcept;

  const ServerConfig& config_;
  MappingIndex encoded_;
  MappingIndex plain_;
  routing::NameIndex members_;
  routing::PrefixIndex balancers_;
  std::vector<Member*> settled_;  // by mapping: the member of every URL that begins with its target; null: that depends
};

// For all servers, in post_config.
void make_indexes(apr_pool_t* pool, server_rec* main_server);

}  // namespace cxxproxy::httpd
