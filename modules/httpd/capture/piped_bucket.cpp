#include "httpd/capture/piped_bucket.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace cxxproxy::httpd {
namespace {

using engine::Pipe;

// A filter gets that much at once.
constexpr apr_size_t most_read = 1 << 16;

Pipe& pipe_of(const apr_bucket* bucket) noexcept { return *static_cast<Pipe*>(bucket->data); }

void destroy(void* data) {
  const std::unique_ptr<Pipe> with_bytes(static_cast<Pipe*>(data));  // nobody may find them there
}

apr_status_t read_all(int fd, char* to, apr_size_t size) {
  while (size > 0) {
    const ssize_t got = ::read(fd, to, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got < 0 ? errno : APR_EOF;
    to += got;
    size -= static_cast<apr_size_t>(got);
  }
  return APR_SUCCESS;
}

void set_piped(apr_bucket* bucket, Pipe* pipe, apr_size_t length) noexcept;

// Its first bytes come into memory, and the bucket is theirs; the rest is in one of its own behind it.
apr_status_t bring_in(apr_bucket* bucket, apr_size_t size) {
  auto* const bytes = static_cast<char*>(apr_bucket_alloc(size, bucket->list));
  if (const apr_status_t status = read_all(pipe_of(bucket).read_end(), bytes, size); status != APR_SUCCESS) {
    apr_bucket_free(bytes);
    return status;
  }
  auto* const pipe = static_cast<Pipe*>(bucket->data);
  const apr_size_t left = bucket->length - size;
  apr_bucket_heap_make(bucket, bytes, size, apr_bucket_free);
  if (left == 0) {
    Pipe::put_back(std::unique_ptr<Pipe>(pipe));
    return APR_SUCCESS;
  }
  auto* const rest = static_cast<apr_bucket*>(apr_bucket_alloc(sizeof(apr_bucket), bucket->list));
  APR_BUCKET_INIT(rest);
  rest->free = apr_bucket_free;
  rest->list = bucket->list;
  set_piped(rest, pipe, left);
  APR_BUCKET_INSERT_AFTER(bucket, rest);
  return APR_SUCCESS;
}

apr_status_t read(apr_bucket* bucket, const char** data, apr_size_t* length, apr_read_type_e) {
  if (const apr_status_t status = bring_in(bucket, std::min(bucket->length, most_read)); status != APR_SUCCESS) {
    return status;
  }
  return apr_bucket_read(bucket, data, length, APR_NONBLOCK_READ);
}

apr_status_t split(apr_bucket* bucket, apr_size_t at) {
  if (at > bucket->length) return APR_EINVAL;
  if (at > 0 && at < bucket->length) return bring_in(bucket, at);
  if (const apr_status_t status = bring_in(bucket, bucket->length); status != APR_SUCCESS) return status;
  return apr_bucket_split(bucket, at);
}

// The bytes are nobody's but the bucket's: it may be kept as long as anyone likes.
apr_status_t keep(apr_bucket*, apr_pool_t*) { return APR_SUCCESS; }

const apr_bucket_type_t piped_type = {
    "CXXPROXY_PIPED", 5, apr_bucket_type_t::APR_BUCKET_DATA, destroy, read, keep, split, apr_bucket_copy_notimpl};

void set_piped(apr_bucket* bucket, Pipe* pipe, apr_size_t length) noexcept {
  bucket->type = &piped_type;
  bucket->data = pipe;
  bucket->start = 0;
  bucket->length = length;
}

}  // namespace

apr_bucket* make_piped_bucket(std::unique_ptr<Pipe> pipe, apr_size_t length, apr_bucket_alloc_t* list) {
  auto* const bucket = static_cast<apr_bucket*>(apr_bucket_alloc(sizeof(apr_bucket), list));
  APR_BUCKET_INIT(bucket);
  bucket->free = apr_bucket_free;
  bucket->list = list;
  set_piped(bucket, pipe.release(), length);
  return bucket;
}

bool is_piped(const apr_bucket* bucket) noexcept { return bucket->type == &piped_type; }

int piped_descriptor(const apr_bucket* bucket) noexcept { return pipe_of(bucket).read_end(); }

void take_from_piped(apr_bucket* bucket, apr_size_t taken) noexcept {
  bucket->length -= taken;
  if (bucket->length > 0) return;
  Pipe::put_back(std::unique_ptr<Pipe>(static_cast<Pipe*>(bucket->data)));
  APR_BUCKET_REMOVE(bucket);
  apr_bucket_free(bucket);
}

}  // namespace cxxproxy::httpd
