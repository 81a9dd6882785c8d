#include "httpd/capture/output_gate.hpp"

#include "httpd/core_output.hpp"

#include <algorithm>

namespace cxxproxy::httpd {
namespace {

// Below half of that the core may hold back without having tried to write.
constexpr apr_size_t least_threshold = 8192;

apr_size_t most_in_core(const conn_rec* c) {
  const auto* core = static_cast<const core_server_config*>(ap_get_core_module_config(c->base_server->module_config));
  return std::max<apr_size_t>(core->flush_max_threshold, least_threshold);
}

// With FlushMaxPipelined 0 the core waits until all is written that is before the end of a request.
bool waits_at_ends(const conn_rec* c) {
  const auto* core = static_cast<const core_server_config*>(ap_get_core_module_config(c->base_server->module_config));
  return core->flush_max_pipelined == 0;
}

bool remove_flushes(apr_bucket_brigade* brigade) {
  bool found = false;
  for (apr_bucket* bucket = APR_BRIGADE_FIRST(brigade); bucket != APR_BRIGADE_SENTINEL(brigade);) {
    apr_bucket* const next = APR_BUCKET_NEXT(bucket);
    if (APR_BUCKET_IS_FLUSH(bucket)) {
      apr_bucket_delete(bucket);
      found = true;
    }
    bucket = next;
  }
  return found;
}

}  // namespace

OutputGate::OutputGate(conn_rec* c) : c_(c), direct_(c), most_(most_in_core(c)), ends_go_alone_(waits_at_ends(c)) {}

void OutputGate::drop() noexcept {
  direct_.drop();
  if (held_) apr_brigade_cleanup(held_);
}

// Nobody between here and the socket has, or wants, a word.
bool OutputGate::reaches_socket(const ap_filter_t* self) const noexcept {
  return !c_->aborted && !c_->data_in_output_filters && !self->next->next;
}

apr_status_t OutputGate::pass(ap_filter_t* self, apr_bucket_brigade* brigade) {
  if (!engaged_) return ap_pass_brigade(self->next, brigade);
  if (!brigade) return flush();
  self_ = self;
  if (holds_buckets() || !reaches_socket(self)) return pass_to_core(self, brigade);
  const apr_status_t status = direct_.write(brigade, gathers_);
  if (status != APR_SUCCESS || APR_BRIGADE_EMPTY(brigade)) return status;
  // The socket takes no more now, or the core has to send a file.
  return APR_BUCKET_IS_FILE(APR_BRIGADE_FIRST(brigade)) ? pass_to_core(self, brigade) : set_aside(self, brigade);
}

apr_status_t OutputGate::pass_to_core(ap_filter_t* self, apr_bucket_brigade* brigade) {
  if (const apr_status_t status = settle(); status != APR_SUCCESS) return status;
  const bool flush_asked = remove_flushes(brigade);
  if (!holds()) {
    const apr_status_t status = fits(brigade) ? ap_pass_brigade(self->next, brigade) : pass_on(brigade);
    if (status != APR_SUCCESS) return status;
  }
  if (!APR_BRIGADE_EMPTY(brigade)) return set_aside(self, brigade);
  return flush_asked ? flush() : APR_SUCCESS;
}

void OutputGate::prepare_to_hold() {
  if (held_pool_) return;
  apr_pool_create(&held_pool_, c_->pool);
  apr_pool_tag(held_pool_, "cxxproxy_held");
  held_ = apr_brigade_create(c_->pool, c_->bucket_alloc);
}

apr_status_t OutputGate::set_aside(ap_filter_t* self, apr_bucket_brigade* brigade) {
  prepare_to_hold();
  remove_flushes(brigade);
  return ap_save_brigade(self, &held_, &brigade, held_pool_);
}

apr_status_t OutputGate::settle() {
  if (!direct_.holds()) return APR_SUCCESS;
  prepare_to_hold();
  return direct_.flush(held_);
}

// The core can hold all of it without waiting: then it is counted as passed.
bool OutputGate::fits(const apr_bucket_brigade* brigade) {
  apr_size_t bytes = c_->data_in_output_filters ? in_core_ : 0;
  for (const apr_bucket* bucket = APR_BRIGADE_FIRST(brigade); bucket != APR_BRIGADE_SENTINEL(brigade);
       bucket = APR_BUCKET_NEXT(bucket)) {
    if (ends_go_alone_ && AP_BUCKET_IS_EOR(bucket)) return false;
    if (APR_BUCKET_IS_METADATA(bucket)) continue;
    if (APR_BUCKET_IS_FILE(bucket) || bucket->length > most_ / 2) return false;
    bytes += bucket->length;
  }
  if (bytes > most_ / 2) return false;
  in_core_ = bytes;
  return true;
}

// Moves from the front what the core can hold without waiting. False: nothing may go now.
bool OutputGate::take_piece(apr_bucket_brigade* from) {
  if (!c_->data_in_output_filters) in_core_ = 0;
  while (!APR_BRIGADE_EMPTY(from)) {
    apr_bucket* bucket = APR_BRIGADE_FIRST(from);
    const bool unsent = c_->data_in_output_filters || !APR_BRIGADE_EMPTY(piece_);
    if (ends_go_alone_ && unsent && AP_BUCKET_IS_EOR(bucket)) break;
    const bool in_memory = !APR_BUCKET_IS_METADATA(bucket) && !APR_BUCKET_IS_FILE(bucket);
    if (in_memory) {
      const apr_size_t room = in_core_ < most_ ? most_ - in_core_ : 0;
      if (room == 0) break;
      // What cannot be split (nobody here makes such) goes alone, and may wait.
      const bool whole = bucket->length > room && apr_bucket_split(bucket, room) != APR_SUCCESS;
      if (whole && !APR_BRIGADE_EMPTY(piece_)) break;
      in_core_ += whole ? room : bucket->length;
    }
    APR_BUCKET_REMOVE(bucket);
    APR_BRIGADE_INSERT_TAIL(piece_, bucket);
  }
  return !APR_BRIGADE_EMPTY(piece_);
}

apr_status_t OutputGate::pass_piece() {
  const apr_status_t status = ap_pass_brigade(self_->next, piece_);
  apr_brigade_cleanup(piece_);
  return status;
}

apr_status_t OutputGate::pass_on(apr_bucket_brigade* brigade) {
  if (!piece_) piece_ = apr_brigade_create(c_->pool, c_->bucket_alloc);
  while (!APR_BRIGADE_EMPTY(brigade)) {
    // The socket took no more when it was last tried.
    if (c_->data_in_output_filters && in_core_ >= most_ / 2) return APR_SUCCESS;
    if (!take_piece(brigade)) return APR_SUCCESS;
    if (const apr_status_t status = pass_piece(); status != APR_SUCCESS) return status;
  }
  return APR_SUCCESS;
}

apr_status_t OutputGate::pass_held() {
  if (reaches_socket(self_)) {
    const apr_status_t status = direct_.write(held_, false);
    // What is left the socket does not take now; or the core has to send a file.
    if (status != APR_SUCCESS || !holds_buckets() || !APR_BUCKET_IS_FILE(APR_BRIGADE_FIRST(held_))) return status;
  }
  return pass_on(held_);
}

void OutputGate::hand_over() {
  settle();
  gathers_ = false;
  if (!pending()) engaged_ = false;
}

apr_status_t OutputGate::flush() {
  ++flushes_;
  if (const apr_status_t status = settle(); status != APR_SUCCESS || !pending()) return status;
  for (;;) {
    if (const apr_status_t status = write_held_back(c_); status != APR_SUCCESS) return status;
    if (c_->data_in_output_filters || !holds()) return APR_SUCCESS;
    if (const apr_status_t status = pass_held(); status != APR_SUCCESS) return status;
    if (!pending()) apr_pool_clear(held_pool_);
    if (holds() && !c_->data_in_output_filters) return APR_SUCCESS;
  }
}

}  // namespace cxxproxy::httpd
