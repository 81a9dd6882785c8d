#include "httpd/health/check_verdict.hpp"

#include "httpd/health/expressions.hpp"
#include "httpd/log.hpp"

#include "probe/grpc.hpp"

#include <ap_expr.h>
#include <util_script.h>

APLOG_USE_MODULE(proxy_hcheck);

namespace cxxproxy::httpd {
namespace {

using health::CheckMethod;

// Freed with all that an expression has made in it.
class OwnPool {
 public:
  OwnPool() { apr_pool_create(&pool_, nullptr); }
  OwnPool(const OwnPool&) = delete;
  OwnPool& operator=(const OwnPool&) = delete;
  ~OwnPool() { apr_pool_destroy(pool_); }
  apr_pool_t* get() const noexcept { return pool_; }

 private:
  apr_pool_t* pool_ = nullptr;
};

// Functions of expressions that ask about the connection find one: to nobody.
conn_rec* connection_to_nobody(apr_pool_t* pool, server_rec* s) {
  auto* const c = static_cast<conn_rec*>(apr_pcalloc(pool, sizeof(conn_rec)));
  c->pool = pool;
  c->base_server = s;
  c->conn_config = ap_create_conn_config(pool);
  c->notes = apr_table_make(pool, 1);
  c->bucket_alloc = apr_bucket_alloc_create(pool);
  apr_sockaddr_info_get(&c->client_addr, "127.0.0.1", APR_INET, 0, 0, pool);
  c->local_addr = c->client_addr;
  c->client_ip = c->local_ip = apr_pstrdup(pool, "127.0.0.1");
  return c;
}

const char* copy_of(apr_pool_t* pool, const std::string& text) {
  return apr_pstrmemdup(pool, text.data(), text.size());
}

// The answer as a request's, because that is what expressions are about.
request_rec* as_request(apr_pool_t* pool, const CheckedMember& checked, const probe::Answer& answer) {
  auto* const r = static_cast<request_rec*>(apr_pcalloc(pool, sizeof(request_rec)));
  r->pool = pool;
  r->server = checked.server;
  r->connection = connection_to_nobody(pool, checked.server);
  r->useragent_addr = r->connection->client_addr;
  r->useragent_ip = r->connection->client_ip;
  r->per_dir_config = checked.server->lookup_defaults;
  r->request_config = ap_create_request_config(pool);
  r->request_time = apr_time_now();
  for (apr_table_t** table : {&r->headers_in, &r->headers_out, &r->err_headers_out, &r->trailers_in, &r->trailers_out,
                              &r->subprocess_env, &r->notes}) {
    *table = apr_table_make(pool, 8);
  }
  r->proxyreq = PROXYREQ_RESPONSE;
  r->method = "GET";
  r->method_number = M_GET;
  r->protocol = apr_pstrdup(pool, "HTTP/1.1");
  r->proto_num = HTTP_VERSION(1, 1);
  r->uri = apr_pstrdup(pool, "/");
  r->the_request = apr_pstrdup(pool, "");
  r->unparsed_uri = r->uri;
  r->status = answer.status;
  for (const auto& [name, value] : answer.fields) {
    apr_table_add(r->headers_out, copy_of(pool, name), copy_of(pool, value));
  }
  r->content_type = apr_table_get(r->headers_out, "Content-Type");
  return r;
}

CheckVerdict by_expression(const CheckedMember& checked, const HealthExpression& wanted, const probe::Answer& answer) {
  const OwnPool pool;
  request_rec* const r = as_request(pool.get(), checked, answer);
  const CheckedAnswer body{answer.body};
  // Without the record nobody has put hc() into an expression.
  if (proxy_hcheck_module.module_index >= 0) {
    ap_set_module_config(r->request_config, &proxy_hcheck_module, const_cast<CheckedAnswer*>(&body));
  }
  const char* wrong = nullptr;
  const int holds = ap_expr_exec(r, wanted.parsed, &wrong);
  std::string text = "status " + std::to_string(answer.status);
  if (holds < 0) return {false, text + ", and the expression " + wanted.name + " cannot be evaluated: " + wrong};
  return {holds > 0, text + (holds ? "" : std::string(", and the expression ") + wanted.name + " is false")};
}

}  // namespace

CheckVerdict judge(const CheckedMember& checked, const LiveHealth& settings, const probe::Answer& answer) {
  if (!answer.whole) return {false, answer.wrong};
  if (settings.method == CheckMethod::Tcp) return {true, "connected"};
  if (settings.method == CheckMethod::Grpc) {
    const std::string trouble = probe::grpc_health_trouble(answer);
    return {trouble.empty(), trouble.empty() ? "SERVING" : trouble};
  }
  if (!settings.expression.empty()) {
    const HealthExpression* const wanted =
        find_health_expression(*checked.balancer->server, settings.expression.c_str());
    if (wanted) return by_expression(checked, *wanted, answer);
  }
  return {answer.status >= 200 && answer.status < 400, "status " + std::to_string(answer.status)};
}

}  // namespace cxxproxy::httpd
