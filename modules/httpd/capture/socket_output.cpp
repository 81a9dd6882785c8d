#include "httpd/capture/socket_output.hpp"

#include "httpd/capture/piped_bucket.hpp"

#include <apr_portable.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

// Of mod_logio, for %O.
APR_DECLARE_OPTIONAL_FN(void, ap_logio_add_bytes_out, (conn_rec * c, apr_off_t bytes));

namespace cxxproxy::httpd {
namespace {

// What a thread has gathered, and for whom.
struct Gathered {
  const SocketOutput* owner = nullptr;
  std::size_t begin = 0;  // what is before it is written
  std::size_t end = 0;
  std::array<char, 8192> bytes;

  std::size_t size() const noexcept { return end - begin; }
  std::size_t room() const noexcept { return bytes.size() - end; }
  void clear() noexcept { owner = nullptr, begin = end = 0; }
};

thread_local Gathered gathered;

// Their bytes are there to be read, whatever happens.
bool in_memory(const apr_bucket* bucket) noexcept {
  return APR_BUCKET_IS_TRANSIENT(bucket) || APR_BUCKET_IS_HEAP(bucket) || APR_BUCKET_IS_IMMORTAL(bucket) ||
         APR_BUCKET_IS_POOL(bucket) || APR_BUCKET_IS_MMAP(bucket);
}

// Has nothing to be written: metadata, or a bucket that a filter has left empty.
bool is_empty(const apr_bucket* bucket) noexcept {
  return APR_BUCKET_IS_METADATA(bucket) || (bucket->length == 0 && in_memory(bucket));
}

// Ends of requests among them: with this the request is over, and gone.
void delete_empty_ones(apr_bucket_brigade* brigade) {
  while (!APR_BRIGADE_EMPTY(brigade) && is_empty(APR_BRIGADE_FIRST(brigade))) {
    apr_bucket_delete(APR_BRIGADE_FIRST(brigade));
  }
}

bool may_be_written(const apr_bucket* bucket) noexcept { return in_memory(bucket) || is_piped(bucket); }

// Takes `size` bytes away from the front.
void remove_front(apr_bucket_brigade* brigade, std::size_t size) {
  while (size > 0) {
    apr_bucket* const first = APR_BRIGADE_FIRST(brigade);
    if (!APR_BUCKET_IS_METADATA(first) && first->length > size) {
      first->start += static_cast<apr_off_t>(size);
      first->length -= size;
      return;
    }
    size -= APR_BUCKET_IS_METADATA(first) ? 0 : first->length;
    apr_bucket_delete(first);
  }
}

}  // namespace

void SocketOutput::Pieces::add(const char* data, std::size_t size) noexcept {
  of[count++] = {const_cast<char*>(data), size};
  bytes += size;
}

bool SocketOutput::holds() const noexcept { return gathered.owner == this; }

void SocketOutput::drop() noexcept {
  if (holds()) gathered.clear();
}

int SocketOutput::descriptor() noexcept {
  if (fd_ < 0) apr_os_sock_get(&fd_, ap_get_conn_socket(c_));
  return fd_;
}

// The bytes at the front that one call can write, and whether they must not wait for more. FLUSH and EOS mean just that
// to a socket, and are done with.
void SocketOutput::collect(apr_bucket_brigade* brigade, Pieces& pieces, bool& urgent) {
  apr_bucket* bucket = APR_BRIGADE_FIRST(brigade);
  while (bucket != APR_BRIGADE_SENTINEL(brigade) && pieces.count < most_pieces) {
    apr_bucket* const next = APR_BUCKET_NEXT(bucket);
    if (APR_BUCKET_IS_FLUSH(bucket) || APR_BUCKET_IS_EOS(bucket)) {
      apr_bucket_delete(bucket);
      urgent = true;
    } else {
      if (!in_memory(bucket)) break;
      const char* data = nullptr;
      apr_size_t size = 0;
      apr_bucket_read(bucket, &data, &size, APR_NONBLOCK_READ);
      if (size > 0) pieces.add(data, size);
    }
    bucket = next;
  }
  if (bucket != APR_BRIGADE_SENTINEL(brigade)) urgent = true;
}

void SocketOutput::gather(const Pieces& pieces, std::size_t from) noexcept {
  for (std::size_t i = from; i < pieces.count; ++i) {
    std::memcpy(gathered.bytes.data() + gathered.end, pieces.of[i].iov_base, pieces.of[i].iov_len);
    gathered.end += pieces.of[i].iov_len;
  }
  if (gathered.end > 0) gathered.owner = this;
}

// Sets aside the count of what was written: first of what is gathered, then of the brigade.
void SocketOutput::forget(std::size_t written, apr_bucket_brigade* brigade) {
  if (holds()) {
    const std::size_t of_gathered = std::min(written, gathered.size());
    gathered.begin += of_gathered;
    written -= of_gathered;
    if (gathered.size() == 0) gathered.clear();
  }
  if (brigade) remove_front(brigade, written);
}

apr_status_t SocketOutput::send(const Pieces& pieces, std::size_t& sent) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.of.data());
  message.msg_iovlen = pieces.count;
  ssize_t n = 0;
  do {
    n = ::sendmsg(descriptor(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  const int error = errno;
  sent = n > 0 ? static_cast<std::size_t>(n) : 0;
  return account(n, error);
}

// What the kernel said of a try to write.
apr_status_t SocketOutput::account(ssize_t sent, int error) {
  static const auto count_bytes = APR_RETRIEVE_OPTIONAL_FN(ap_logio_add_bytes_out);
  if (sent > 0 && count_bytes) count_bytes(c_, sent);
  if (sent >= 0 || error == EAGAIN || error == EWOULDBLOCK) return APR_SUCCESS;
  c_->aborted = 1;
  drop();
  return error;
}

// From the pipe at the front, as far as the socket takes it.
apr_status_t SocketOutput::send_piped(apr_bucket_brigade* brigade, bool& full) {
  apr_bucket* const bucket = APR_BRIGADE_FIRST(brigade);
  const apr_size_t length = bucket->length;
  ssize_t n = 0;
  do {
    n = ::splice(piped_descriptor(bucket), nullptr, descriptor(), nullptr, length, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  } while (n < 0 && errno == EINTR);
  const int error = errno;
  if (n > 0) take_from_piped(bucket, static_cast<apr_size_t>(n));
  full = n <= 0;
  return account(n, error);
}

bool SocketOutput::never_waits() noexcept {
  if (never_waits_) return true;
  const int flags = ::fcntl(descriptor(), F_GETFL);
  return never_waits_ = flags >= 0 && (flags & O_NONBLOCK) != 0;
}

// What is gathered and unwritten becomes a bucket before all others.
void SocketOutput::give_back(apr_bucket_brigade* brigade) {
  if (!holds()) return;
  const char* const unwritten = gathered.bytes.data() + gathered.begin;
  APR_BRIGADE_INSERT_HEAD(brigade, apr_bucket_heap_create(unwritten, gathered.size(), nullptr, brigade->bucket_alloc));
  gathered.clear();
}

apr_status_t SocketOutput::write(apr_bucket_brigade* brigade, bool may_gather) {
  while (!APR_BRIGADE_EMPTY(brigade)) {
    if (is_piped(APR_BRIGADE_FIRST(brigade)) && !holds()) {
      bool full = false;
      if (const apr_status_t status = send_piped(brigade, full); status != APR_SUCCESS || full) return status;
      continue;
    }
    Pieces pieces;
    if (holds()) pieces.add(gathered.bytes.data() + gathered.begin, gathered.size());
    const std::size_t first = pieces.count;
    const std::size_t had = pieces.bytes;
    bool urgent = false;
    collect(brigade, pieces, urgent);
    const bool free = may_gather && (!gathered.owner || holds());
    if (!urgent && free && pieces.bytes - had <= gathered.room()) {
      gather(pieces, first);
      apr_brigade_cleanup(brigade);
      return APR_SUCCESS;
    }
    std::size_t sent = 0;
    if (pieces.bytes > 0) {
      if (const apr_status_t status = send(pieces, sent); status != APR_SUCCESS) return status;
    }
    forget(sent, brigade);
    if (sent < pieces.bytes) {
      give_back(brigade);
      return APR_SUCCESS;
    }
    delete_empty_ones(brigade);
    if (!APR_BRIGADE_EMPTY(brigade) && !may_be_written(APR_BRIGADE_FIRST(brigade))) return APR_SUCCESS;
  }
  return APR_SUCCESS;
}

apr_status_t SocketOutput::flush(apr_bucket_brigade* rest) {
  if (!holds()) return APR_SUCCESS;
  Pieces pieces;
  pieces.add(gathered.bytes.data() + gathered.begin, gathered.size());
  std::size_t sent = 0;
  const apr_status_t status = send(pieces, sent);
  if (status != APR_SUCCESS) return status;
  forget(sent, nullptr);
  give_back(rest);
  return APR_SUCCESS;
}

}  // namespace cxxproxy::httpd
