// What ap_process_http_async_connection (modules/http/http_core.c) and ap_read_request (server/protocol.c) do, in their
// order, where a head is plain. What is left out has no effect then: reading lines, and what makes an answer of lines
// that cannot be read.
#include "httpd/capture/plain_request.hpp"

#include "httpd/capture/captive.hpp"

#include "wire/plain_head.hpp"

#include <mod_core.h>
#include <scoreboard.h>

#include <atomic>
#include <utility>

namespace cxxproxy::httpd {
namespace {

// Some module puts a filter of its own between the core and the connection, for each request: the core has to read
// through it.
std::atomic<bool> requests_are_filtered{false};

// At this level the core logs the request line as it came.
bool request_line_is_logged(const conn_rec* c) {
  return APLOG_C_MODULE_IS_LEVEL(c, AP_CORE_MODULE_INDEX, APLOG_TRACE5);
}

ap_sb_handle_t* scoreboard_of(const conn_rec* c) { return static_cast<ap_sb_handle_t*>(c->sbh); }

void apply_server(request_rec* r) {
  apr_socket_timeout_set(ap_get_conn_socket(r->connection), r->server->timeout);
  r->per_dir_config = r->server->lookup_defaults;
}

// Copies of the line and the fields, each ended by a NUL where its line end, its colon or a blank was.
void fill(request_rec* r, const wire::PlainHead& head) {
  const std::string_view bytes = head.bytes();
  char* const copy = static_cast<char*>(apr_pmemdup(r->pool, bytes.data(), bytes.size()));
  const auto text = [&](std::string_view part) {
    char* const begin = copy + (part.data() - bytes.data());
    begin[part.size()] = '\0';
    return begin;
  };
  r->the_request = text(head.request_line());
  for (const wire::Field& field : head.fields()) {
    const char* const name = text(field.name);
    apr_table_addn(r->headers_in, name, text(field.value));
  }
  if (head.repeats()) apr_table_compress(r->headers_in, APR_OVERLAP_TABLES_MERGE);
}

bool lies_in(const wire::PlainHead& head, ClientConnection& connection) {
  const std::string_view unread = connection.input().unread();
  return unread.data() == head.bytes().data() && unread.size() >= head.bytes().size();
}

// Null: a hook had a say in how it is read, or the core does not like it after all; the head is still unread.
request_rec* make_request(ClientConnection& connection, const wire::PlainHead& head) {
  conn_rec* const c = connection.c();
  request_rec* const r = ap_create_request(c);
  c->keepalive = AP_CONN_UNKNOWN;
  ap_run_pre_read_request(r, c);
  if (!connection.is_first_to_read(r->proto_input_filters) || !lies_in(head, connection)) {
    requests_are_filtered = true;
    apr_pool_destroy(r->pool);
    return nullptr;
  }
  r->request_time = apr_time_now();
  fill(r, head);
  if (ap_parse_request_line(r)) return r;
  apr_pool_destroy(r->pool);
  return nullptr;
}

// As ap_read_request: the answer, and the end of the request.
void refuse(request_rec* r, int status) {
  conn_rec* const c = r->connection;
  ap_die(status, r);
  apr_bucket_brigade* const end = apr_brigade_create(c->pool, c->bucket_alloc);
  APR_BRIGADE_INSERT_TAIL(end, ap_bucket_eor_create(c->bucket_alloc, r));
  ap_pass_brigade(c->output_filters, end);
  apr_brigade_cleanup(end);
}

// Chooses the virtual host and lets modules judge; false: it is answered, and gone.
bool admit(request_rec* r) {
  ap_add_input_filter_handle(ap_http_input_filter_handle, nullptr, r, r->connection);
  const bool fine = ap_check_request_header(r) != 0;
  apply_server(r);
  const int status = fine ? ap_post_read_request(r) : std::exchange(r->status, HTTP_OK);
  if (fine && status == OK) return true;
  refuse(r, status);
  return false;
}

void process(request_rec* r) {
  conn_rec* const c = r->connection;
  if (r->status == HTTP_OK) {
    c->cs->state = CONN_STATE_HANDLER;
    if (ap_extended_status) ap_set_conn_count(scoreboard_of(c), r, static_cast<unsigned short>(c->keepalives + 1));
    ap_update_child_status(scoreboard_of(c), SERVER_BUSY_WRITE, r);
    ap_process_async_request(r);  // it may be gone now
  }
  if (c->cs->state != CONN_STATE_WRITE_COMPLETION && c->cs->state != CONN_STATE_SUSPENDED) {
    c->cs->state = CONN_STATE_LINGER;
  }
}

// Null: somebody else wants to see the bytes.
const wire::PlainHead* plain_head(ClientConnection* connection) {
  if (!connection || !connection->captive) return nullptr;
  const wire::PlainHead* const head = connection->captive->plain_head();
  if (!head || requests_are_filtered || !lies_in(*head, *connection)) return nullptr;
  conn_rec* const c = connection->c();
  if (c->clogging_input_filters || !connection->is_first_to_read(c->input_filters)) return nullptr;
  return request_line_is_logged(c) ? nullptr : head;
}

}  // namespace

int read_plain_request(conn_rec* c) noexcept {
  ClientConnection* const connection = ClientConnection::of(c);
  const wire::PlainHead* const head = plain_head(connection);
  if (!head) return DECLINED;
  ap_update_child_status_from_conn(scoreboard_of(c), SERVER_BUSY_READ, c);
  if (ap_extended_status) ap_set_conn_count(scoreboard_of(c), nullptr, static_cast<unsigned short>(c->keepalives));
  request_rec* const r = make_request(*connection, *head);
  if (!r) return DECLINED;
  connection->eat(head->bytes().size());
  if (admit(r)) {
    process(r);
  } else {
    c->cs->state = CONN_STATE_LINGER;
  }
  return OK;
}

}  // namespace cxxproxy::httpd
