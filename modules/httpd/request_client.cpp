#include "httpd/request_client.hpp"

#include "httpd/answer_head.hpp"
#include "httpd/capture/filters.hpp"
#include "httpd/capture/piped_bucket.hpp"
#include "httpd/contain.hpp"
#include "httpd/core_output.hpp"
#include "httpd/pool.hpp"
#include "httpd/request_dispatcher.hpp"
#include "httpd/response_head.hpp"

#include "engine/reactor.hpp"

#include <apr_poll.h>
#include <apr_portable.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace cxxproxy::httpd {
namespace {

using exchange::BodyRead;
using exchange::Flow;

// The descriptor that tells when more of the request's body is there. mod_http2 has a pipe for each stream, and empties
// it itself once a read finds nothing.
int input_descriptor(conn_rec* c) {
  apr_pollfd_t found{};
  if (ap_get_pollfd_from_conn(c, &found, nullptr) != APR_SUCCESS) return -1;
  int descriptor = -1;
  if (found.desc_type == APR_POLL_FILE && apr_os_file_get(&descriptor, found.desc.f) != APR_SUCCESS) return -1;
  if (found.desc_type == APR_POLL_SOCKET && apr_os_sock_get(&descriptor, found.desc.s) != APR_SUCCESS) return -1;
  return descriptor;
}

// Of what goes through a tunnel: less than what the core holds back without waiting.
constexpr std::size_t tunnel_piece = 16384;

}  // namespace

RequestClient::RequestClient(request_rec* r, bool has_body)
    : r_(r),
      in_(apr_brigade_create(r->pool, r->connection->bucket_alloc)),
      out_(apr_brigade_create(r->pool, r->connection->bucket_alloc)),
      body_expected_(has_body) {}

RequestClient::~RequestClient() {
  apr_brigade_destroy(in_);
  apr_brigade_destroy(out_);
  if (in_transit_) apr_brigade_destroy(in_transit_);
}

int RequestClient::descriptor() noexcept {
  if (!descriptor_) descriptor_ = input_descriptor(r_->connection);
  return *descriptor_;
}

BodyRead RequestClient::failed(apr_status_t status) {
  if (r_->connection->aborted || status == AP_FILTER_ERROR) return {BodyRead::State::Failed, {}, 0, status};
  const int code =
      APR_STATUS_IS_TIMEUP(status) ? HTTP_REQUEST_TIME_OUT : ap_map_http_request_error(status, HTTP_BAD_REQUEST);
  return {BodyRead::State::Failed, {}, code, status};
}

// The first bytes in the brigade; Wait when it has none left.
BodyRead RequestClient::next_bytes() {
  while (!APR_BRIGADE_EMPTY(in_)) {
    apr_bucket* bucket = APR_BRIGADE_FIRST(in_);
    if (APR_BUCKET_IS_EOS(bucket)) {
      body_expected_ = false;
      return {BodyRead::State::End, {}};
    }
    const char* data = nullptr;
    apr_size_t length = 0;
    if (!APR_BUCKET_IS_METADATA(bucket)) {
      const apr_status_t status = apr_bucket_read(bucket, &data, &length, APR_BLOCK_READ);
      if (status != APR_SUCCESS) return failed(status);
      bucket = APR_BRIGADE_FIRST(in_);
    }
    if (length > 0) {
      lent_ = bucket;
      bytes_read_ += length;
      return {BodyRead::State::Bytes, {data, length}};
    }
    apr_bucket_delete(bucket);
  }
  return {BodyRead::State::Wait, {}};
}

BodyRead RequestClient::read_body(std::size_t most) {
  if (lent_) apr_bucket_delete(lent_);
  lent_ = nullptr;
  const BodyRead held = next_bytes();
  if (held.state != BodyRead::State::Wait) return held;
  if (connection_ || reads_past_filters()) return read_past_filters(most);
  const apr_read_type_e block = std::exchange(block_, APR_NONBLOCK_READ);
  const apr_status_t status =
      ap_get_brigade(r_->input_filters, in_, AP_MODE_READBYTES, block, static_cast<apr_off_t>(most));
  if (APR_STATUS_IS_EAGAIN(status)) {
    ask_to_continue();
    return {BodyRead::State::Wait, {}};
  }
  if (switched_ && APR_STATUS_IS_EOF(status)) return {BodyRead::State::End, {}};
  if (status != APR_SUCCESS) return failed(status);
  return next_bytes();
}

// On a reactor a tunnel whose connection has no filter with a say needs none of their large buckets.
bool RequestClient::reads_past_filters() const {
  if (!switched_ || !gate_ || !engine::Reactor::current()) return false;
  ClientConnection* const connection = ClientConnection::of(r_->connection);
  return connection && connection->is_first_to_read(r_->input_filters) && connection->is_plain();
}

BodyRead RequestClient::read_past_filters(std::size_t most) {
  if (!connection_) connection_ = ClientConnection::of(r_->connection);
  wire::InputBuffer& input = connection_->input();
  connection_->eat(std::exchange(lent_bytes_, 0));
  if (input.empty()) {
    input.keep();
    const apr_status_t status = connection_->fill(engine::Reactor::current()->buffer(), most);
    if (APR_STATUS_IS_EAGAIN(status)) return {BodyRead::State::Wait, {}};
    if (APR_STATUS_IS_EOF(status)) return {BodyRead::State::End, {}};
    if (status != APR_SUCCESS) return failed(status);
  }
  lent_bytes_ = input.size();
  bytes_read_ += lent_bytes_;
  return {BodyRead::State::Bytes, input.unread()};
}

std::string_view RequestClient::keep(std::string_view rest) {
  if (!connection_) return rest;
  connection_->eat(lent_bytes_ - rest.size());
  lent_bytes_ = rest.size();
  connection_->input().keep();
  return connection_->input().unread();
}

// Most tunnels are silent most of the time. Where filters read they would ask for the same memory with each message.
void RequestClient::settle_down() {
  if (std::exchange(settled_, true) || !reads_past_filters()) return;
  ClientConnection::of(r_->connection)->release_spare_memory();
}

// A client that waits for a 100 gets it when its body is wanted; the core says it before blocking reads only.
void RequestClient::ask_to_continue() {
  if (!r_->expecting_100) return;
  const int status = std::exchange(r_->status, HTTP_CONTINUE);
  const char* line = std::exchange(r_->status_line, nullptr);
  ap_send_interim_response(r_, 0);
  r_->status = status;
  r_->status_line = line;
}

void RequestClient::interim(const wire::ResponseHead& head) {
  try {
    pass_interim(r_, head);
  } catch (const std::exception& escaped) {
    log_escaped(r_, escaped.what());
  }
}

// What is no HTTP any more passes the filters of the connection only, less those that know nothing else: mod_reqtimeout
// would count, and mod_ssl gather.
bool RequestClient::switch_protocols(const wire::ResponseHead& head, std::string_view protocol) {
  conn_rec* const c = r_->connection;
  // Who could only be waited for by reading would be deaf for the backend meanwhile.
  if (descriptor() < 0) return false;
  try {
    if (!pass_switch(r_, head, protocol)) return false;
  } catch (const std::exception& escaped) {
    log_escaped(r_, escaped.what());
    return false;
  }
  ap_remove_input_filter_byhandle(c->input_filters, "reqtimeout");
  ap_remove_output_filter_byhandle(c->output_filters, "SSL/TLS Coalescing Filter");
  r_->input_filters = r_->proto_input_filters = c->input_filters;
  r_->output_filters = r_->proto_output_filters = c->output_filters;
  c->keepalive = AP_CONN_CLOSE;
  apr_brigade_cleanup(in_);
  lent_ = nullptr;
  in_transit_ = apr_brigade_create(r_->pool, c->bucket_alloc);
  switched_ = true;
  return !c->aborted;
}

// A stream of HTTP/2 ends with its request.
void RequestClient::end_writing() {
  conn_rec* const c = r_->connection;
  if (!c->master) apr_socket_shutdown(ap_get_conn_socket(c), APR_SHUTDOWN_WRITE);
}

void RequestClient::offer_protocol_of(const wire::ResponseHead& head) {
  if (r_->proto_num < HTTP_VERSION(1, 1)) return;
  for (const wire::Field& field : head.fields) {
    if (field.known != wire::FieldName::Upgrade) continue;
    if (dispatcher_ && dispatcher_->may_offer(field.value)) offer_protocol(r_, field.value);
    return;
  }
}

exchange::HeadUse RequestClient::head(const wire::Head& head) {
  // An answer before the body's end: what is left of the body ends with the connection, and the client shall know.
  if (body_expected_) r_->connection->keepalive = AP_CONN_CLOSE;
  try {
    const exchange::HeadUse use = take_response_head(r_, head);
    if (use == exchange::HeadUse::Pass) {
      offer_protocol_of(head.head);
      write_own_head(r_);
    }
    return use;
  } catch (const std::exception& escaped) {
    log_escaped(r_, escaped.what());
    return exchange::HeadUse::Refuse;
  }
}

// Without a gate a tunnel must not wait for its client, who may be waiting for the backend. Streams of HTTP/2 have
// nothing that tells when they take more.
bool RequestClient::trickles() const noexcept { return switched_ && !gate_ && !r_->connection->master; }

void RequestClient::body(std::string_view bytes) {
  if (trickles()) {
    for (; !bytes.empty(); bytes = bytes.substr(std::min(bytes.size(), tunnel_piece))) {
      const std::string_view piece = bytes.substr(0, tunnel_piece);
      APR_BRIGADE_INSERT_TAIL(out_, apr_bucket_heap_create(piece.data(), piece.size(), nullptr, out_->bucket_alloc));
    }
    return;
  }
  APR_BRIGADE_INSERT_TAIL(out_, apr_bucket_transient_create(bytes.data(), bytes.size(), out_->bucket_alloc));
}

std::size_t RequestClient::relay(backend::Connection& connection, std::uint64_t most) {
  if (!gate_ || !only_passed_on(r_) || !gate_->splices()) return 0;
  std::unique_ptr<engine::Pipe> pipe = engine::Pipe::take();
  if (!pipe) return 0;
  const backend::IoResult got = connection.read_into(pipe->write_end(), std::min<std::uint64_t>(most, pipe->size()));
  if (!got.ok()) {
    engine::Pipe::put_back(std::move(pipe));
    return 0;
  }
  APR_BRIGADE_INSERT_TAIL(out_, make_piped_bucket(std::move(pipe), got.bytes, out_->bucket_alloc));
  return got.bytes;
}

bool RequestClient::pass() {
  const apr_status_t status = ap_pass_brigade(r_->output_filters, out_);
  apr_brigade_cleanup(out_);
  return status == APR_SUCCESS && !r_->connection->aborted;
}

// A piece at a time, and the next when all of it has left.
Flow RequestClient::trickle() {
  conn_rec* const c = r_->connection;
  for (;;) {
    if (write_held_back(c) != APR_SUCCESS || c->aborted) return Flow::Gone;
    if (c->data_in_output_filters) return Flow::Full;
    if (APR_BRIGADE_EMPTY(out_)) return Flow::Ready;
    apr_bucket* const piece = APR_BRIGADE_FIRST(out_);
    APR_BUCKET_REMOVE(piece);
    APR_BRIGADE_INSERT_TAIL(in_transit_, piece);
    const apr_status_t status = ap_pass_brigade(r_->output_filters, in_transit_);
    apr_brigade_cleanup(in_transit_);
    if (status != APR_SUCCESS) return Flow::Gone;
  }
}

Flow RequestClient::deliver(bool flush) {
  if (trickles()) return trickle();
  if (flush) APR_BRIGADE_INSERT_TAIL(out_, apr_bucket_flush_create(out_->bucket_alloc));
  if (!pass()) return Flow::Gone;
  if (!gate_ || !gate_->pending()) return Flow::Ready;
  if (gate_->flush() != APR_SUCCESS) return Flow::Gone;
  return gate_->pending() ? Flow::Full : Flow::Ready;
}

void RequestClient::end(std::span<const wire::Field> trailers) {
  for (const wire::Field& trailer : trailers) {
    apr_table_addn(r_->trailers_out, copy_in(r_->pool, trailer.name), copy_in(r_->pool, trailer.value));
  }
  APR_BRIGADE_INSERT_TAIL(out_, apr_bucket_eos_create(out_->bucket_alloc));
  pass();
}

void RequestClient::cut() {
  // mod_cache must not keep it, and the chunk filter must not end it: it looks for this bucket.
  r_->no_cache = 1;
  if (r_->main) r_->main->no_cache = 1;
  APR_BRIGADE_INSERT_TAIL(out_, ap_bucket_error_create(HTTP_BAD_GATEWAY, nullptr, r_->pool, out_->bucket_alloc));
  APR_BRIGADE_INSERT_TAIL(out_, apr_bucket_eos_create(out_->bucket_alloc));
  pass();
}

}  // namespace cxxproxy::httpd
