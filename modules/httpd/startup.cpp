#include "httpd/startup.hpp"

#include "httpd/capture/engine.hpp"
#include "httpd/connections.hpp"
#include "httpd/contain.hpp"
#include "httpd/lbmethod.hpp"
#include "httpd/request_dispatcher.hpp"
#include "httpd/roster.hpp"
#include "httpd/server_index.hpp"
#include "httpd/shared_state.hpp"
#include "httpd/warnings.hpp"

#include <apr_optional_hooks.h>
#include <apr_uuid.h>
#include <unistd.h>

#include <algorithm>

APLOG_USE_MODULE(proxy);

// mod_ssl prepares the SSLProxy* settings of a <Proxy> section when this hook runs.
#define CXXPROXY_HOOK_DECLARE(type) type
APR_DECLARE_EXTERNAL_HOOK(proxy, CXXPROXY_HOOK, int, section_post_config,
                          (apr_pool_t * pconf, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* s,
                           ap_conf_vector_t* section))
APR_IMPLEMENT_OPTIONAL_HOOK_RUN_ALL(proxy, CXXPROXY_HOOK, int, section_post_config,
                                    (apr_pool_t * pconf, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* s,
                                     ap_conf_vector_t* section),
                                    (pconf, plog, ptemp, s, section), OK, DECLINED)

namespace cxxproxy::httpd {
namespace {

using balance::MemberFlag;

// Every member and balancer of every server, once each: virtual hosts share what they inherit.
struct Inventory {
  std::vector<Member*> members;
  std::vector<Balancer*> balancers;
};

template <class T>
void add_once(std::vector<T*>& list, T* item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

Inventory take_inventory(server_rec* main_server) {
  Inventory all;
  for (server_rec* s = main_server; s; s = s->next) {
    const ServerConfig& config = config_of(s);
    for (Member* member : config.members) add_once(all.members, member);
    for (Balancer* balancer : config.balancers) {
      add_once(all.balancers, balancer);
      for (Member* member : balancer->members) add_once(all.members, member);
    }
  }
  all.members.push_back(generic_member());
  return all;
}

void begin_state(Member& member, MemberState& state) {
  balance::MemberFlags flags = member.settings.initial_status.with(MemberFlag::Initialised);
  // Only a balancer can do without a member.
  if (!member.balancer) flags = flags.with(MemberFlag::IgnoreErrors);
  state.flags.store(flags.bits());
  member.state = &state;
}

void begin_state(Balancer& balancer, BalancerState& state) {
  if (balancer.settings.nonce.given) {
    apr_cpystrn(state.nonce, balancer.settings.nonce.value, sizeof(state.nonce));
  } else {
    apr_uuid_t uuid;
    apr_uuid_get(&uuid);
    apr_uuid_format(state.nonce, &uuid);
  }
  balancer.state = &state;
}

int find_policies(const Inventory& all, server_rec* s) {
  for (Balancer* balancer : all.balancers) {
    if (!balancer->policy) balancer->policy = find_policy(balancer->settings.lbmethod);
    if (balancer->policy) continue;
    ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s, APLOGNO(02432) "Cannot find LB Method: %s of %s",
                 balancer->settings.lbmethod, balancer->name);
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  return OK;
}

int share_state(apr_pool_t* pconf, const Inventory& all, server_rec* s) {
  apr_status_t why = APR_SUCCESS;
  SharedState* state = SharedState::create(pconf, all.members.size(), all.balancers.size(), why);
  if (!state) {
    ap_log_error(APLOG_MARK, APLOG_CRIT, why, s,
                 CXXPROXY_LOGNO(0403) "no shared memory for the state of %d members and %d balancers",
                 static_cast<int>(all.members.size()), static_cast<int>(all.balancers.size()));
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  set_shared_state(state);
  for (std::size_t i = 0; i < all.members.size(); ++i) begin_state(*all.members[i], state->member(i));
  for (std::size_t i = 0; i < all.balancers.size(); ++i) {
    begin_state(*all.balancers[i], state->balancer(i));
    all.balancers[i]->roster = &make_in<Roster>(pconf, *all.balancers[i]);
  }
  return OK;
}

void finish_sections(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* main_server) {
  for (server_rec* s = main_server; s; s = s->next) {
    for (ap_conf_vector_t* section : config_of(s).sections)
      proxy_run_section_post_config(pconf, plog, ptemp, s, section);
  }
}

int prepare(server_rec* main_server, apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp) {
  // httpd reads its configuration twice at start; the first time is a rehearsal.
  if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) return OK;
  define_generic_member(pconf);
  const Inventory all = take_inventory(main_server);
  if (const int status = find_policies(all, main_server); status != OK) return status;
  if (const int status = share_state(pconf, all, main_server); status != OK) return status;
  make_indexes(pconf, main_server);
  finish_sections(pconf, plog, ptemp, main_server);
  warn_of_what_does_not_act(main_server);
  return OK;
}

void end_child_pools(server_rec* main_server) {
  for (server_rec* s = main_server; s; s = s->next) {
    const ServerConfig& config = config_of(s);
    for (Member* member : config.members) member->connections->pool.stop();
    for (Balancer* balancer : config.balancers) {
      for (Member* member : balancer->members) member->connections->pool.stop();
    }
  }
}

int open_child(server_rec* main_server, apr_pool_t* child_pool) {
  shared_state()->claim_column(getpid());
  start_engine(child_pool, main_server);
  open_connections(main_server);
  int threads = 1;
  ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
  // A lone thread waits for nobody, and prefork ends its children from a signal handler, where no lock may be taken.
  if (threads <= 1) return OK;
  // Before the pools themselves go: threads that wait for a connection are woken.
  apr_pool_pre_cleanup_register(child_pool, main_server, [](void* s) noexcept -> apr_status_t {
    end_child_pools(static_cast<server_rec*>(s));
    return APR_SUCCESS;
  });
  return OK;
}

}  // namespace

int set_up(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* main_server) noexcept {
  return contain<prepare, HTTP_INTERNAL_SERVER_ERROR>(main_server, pconf, plog, ptemp);
}

void begin_child(apr_pool_t* child_pool, server_rec* main_server) noexcept {
  contain<open_child, HTTP_INTERNAL_SERVER_ERROR>(main_server, child_pool);
}

void note_child(server_rec*, pid_t pid, ap_generation_t, int, mpm_child_status status) noexcept {
  if (status == MPM_CHILD_EXITED && shared_state()) shared_state()->clear_column_of(pid);
}

}  // namespace cxxproxy::httpd
