#include "httpd/startup.hpp"

#include "httpd/added_members.hpp"
#include "httpd/capture/engine.hpp"
#include "httpd/carry_over.hpp"
#include "httpd/connections.hpp"
#include "httpd/contain.hpp"
#include "httpd/health/checker.hpp"
#include "httpd/lbmethod.hpp"
#include "httpd/mpm.hpp"
#include "httpd/request_dispatcher.hpp"
#include "httpd/roster.hpp"
#include "httpd/segments.hpp"
#include "httpd/server_index.hpp"
#include "httpd/shared_state.hpp"
#include "httpd/tls_profiles.hpp"
#include "httpd/version.hpp"
#include "httpd/warnings.hpp"

#include <apr_optional_hooks.h>
#include <unistd.h>

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

int find_policies(const StatePlan& plan, server_rec* s) {
  for (const StatePlan::ForBalancer& one : plan.balancers) {
    Balancer& balancer = *one.balancer;
    if (!balancer.policy) balancer.policy = find_policy(balancer.settings.lbmethod);
    if (balancer.policy) continue;
    ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s, APLOGNO(02432) "Cannot find LB Method: %s of %s",
                 balancer.settings.lbmethod, balancer.name);
    return HTTP_INTERNAL_SERVER_ERROR;
  }
  return OK;
}

// Of what a generation begins with.
int check_memory(apr_status_t why, const StatePlan& plan, server_rec* s) {
  if (why == APR_SUCCESS) return OK;
  ap_log_error(APLOG_MARK, APLOG_CRIT, why, s,
               CXXPROXY_LOGNO(0403) "no shared memory for the state of %d members and %d balancers",
               static_cast<int>(plan.slots()), static_cast<int>(plan.balancers.size()));
  return HTTP_INTERNAL_SERVER_ERROR;
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
  const StatePlan plan = plan_state(main_server, *generic_member());
  if (const int status = find_policies(plan, main_server); status != OK) return status;
  const apr_status_t memory = begin_generation(pconf, ptemp, main_server, plan);
  if (const int status = check_memory(memory, plan, main_server); status != OK) return status;
  make_rosters(pconf, main_server);
  make_indexes(pconf, main_server);
  finish_sections(pconf, plog, ptemp, main_server);
  if (const int status = make_tls_profiles(pconf, main_server); status != OK) return status;
  if (const int status = prepare_checks(main_server); status != OK) return status;
  log_warnings(what_does_not_act(main_server), main_server);
  log_version(main_server);
  return OK;
}

void end_child_pools(server_rec* main_server) {
  for_each_member(main_server, [](Member& member) { member.connections->pool.stop(); });
}

int open_child(server_rec* main_server, apr_pool_t* child_pool) {
  shared_state()->use_column(getpid());
  start_engine(child_pool, main_server);
  begin_added_members_of_child(child_pool);
  open_connections(main_server);
  start_checker(child_pool, main_server);
  // A lone thread waits for nobody, and prefork ends its children from a signal handler, where no lock may be taken.
  if (threads_per_child() <= 1) return OK;
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

int arrange(server_rec* main_server, apr_pool_t* pconf) {
  define_generic_member(pconf);
  const StatePlan plan = plan_state(main_server, *generic_member());
  if (const int status = find_policies(plan, main_server); status != OK) return status;
  const apr_status_t memory = rehearse_generation(pconf, main_server, plan);
  if (const int status = check_memory(memory, plan, main_server); status != OK) return status;
  make_rosters(pconf, main_server);
  make_indexes(pconf, main_server);
  static_cast<void>(make_tls_profiles(pconf, main_server));
  open_connections(main_server);
  return OK;
}

void begin_child(apr_pool_t* child_pool, server_rec* main_server) noexcept {
  contain<open_child, HTTP_INTERNAL_SERVER_ERROR>(main_server, child_pool);
}

void note_child(server_rec* s, pid_t pid, ap_generation_t, int, mpm_child_status status) noexcept {
  if (!shared_state()) return;
  if (status == MPM_CHILD_STARTED) shared_state()->give_column(pid);
  if (status == MPM_CHILD_EXITED) child_is_gone(s, *shared_state(), pid);
}

}  // namespace cxxproxy::httpd
