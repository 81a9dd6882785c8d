#include "httpd/connections.hpp"

#include "httpd/capture/engine.hpp"
#include "httpd/config.hpp"
#include "httpd/mpm.hpp"
#include "httpd/roster.hpp"

#include "backend/resolve.hpp"

namespace cxxproxy::httpd {
namespace {

engine::Duration duration_of(apr_interval_time_t time) { return engine::Duration(time); }

backend::Origin origin_of(const Member& member) { return {member.host, member.port, member.unix_path}; }

bool has_name(const Member& member) {
  return *member.unix_path == '\0' && !strchr(member.host, ':') && !backend::is_address(member.host);
}

}  // namespace

backend::PoolSettings pool_settings(const MemberSettings& settings, int threads, bool with_engine) {
  backend::PoolSettings pool;
  // addressttl=0: the name is looked up for every request, so its connection is for one request, too.
  pool.reuse = !settings.disable_reuse.value && settings.address_ttl.value != 0;
  // A process of one thread has one connection in use, or two while a page of one backend includes another; there is
  // nobody to wait for, so there is no limit either.
  if (threads <= 1) return pool;
  // With the engine there are more requests at once than threads.
  pool.max = static_cast<unsigned>(settings.max || with_engine ? settings.max : threads);
  pool.min = static_cast<unsigned>(settings.min);
  if (settings.smax >= 0) pool.smax = static_cast<unsigned>(settings.smax);
  pool.ttl = duration_of(settings.ttl);
  if (settings.acquire.given) pool.acquire = duration_of(settings.acquire.value);
  return pool;
}

// Where there is no name nobody is asked: on a reactor that would cost each request the way to another thread and back.
std::chrono::seconds address_ttl(const Member& member) {
  const MemberSettings& settings = member.settings;
  if (!has_name(member)) return std::chrono::seconds(-1);
  const bool anew = settings.disable_reuse.value && !settings.address_ttl.given;
  return std::chrono::seconds(anew ? 0 : settings.address_ttl.value);
}

MemberConnections::MemberConnections(const Member& member, int threads)
    : addresses(origin_of(member), address_ttl(member), engine::steady_clock()),
      pool(pool_settings(member.settings, threads, engine_runs()), engine::steady_clock()) {}

// Never deleted: a thread may still hold a connection while the process ends around it.
void open_connections(Member& member) {
  if (!member.connections) member.connections = new MemberConnections(member, threads_per_child());
}

void open_connections(server_rec* main_server) { for_each_member(main_server, open_connections); }

void close_idle_connections(server_rec* main_server) {
  for_each_member(main_server, [](Member& member) { member.connections->pool.close_idle(); });
}

backend::AddressBook& address_book_for(apr_pool_t* pool, const char* host, apr_port_t port, const char* unix_path) {
  return make_in<backend::AddressBook>(pool, backend::Origin{host, port, unix_path}, std::chrono::seconds(0),
                                       engine::steady_clock());
}

std::optional<backend::Endpoint> source_endpoint(const apr_sockaddr_t* address) {
  if (!address) return std::nullopt;
  return backend::Endpoint::copy_of(reinterpret_cast<const sockaddr*>(&address->sa), address->salen);
}

}  // namespace cxxproxy::httpd
