#include "backend/tls/connection.hpp"

#include "backend/resolve.hpp"
#include "backend/tls/names.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <exception>

namespace cxxproxy::backend {
namespace {

using State = IoResult::State;

// As much as one record holds.
constexpr std::size_t record_size = 16384;

// What a backend may say before something comes of it: a handshake with the longest chain that OpenSSL takes, and later
// a few records. Tickets and new keys without end would keep a read from ever coming back.
constexpr std::size_t handshake_allowance = 256 * 1024;
constexpr std::size_t allowance = 4 * record_size;

// As ALPN has it.
constexpr std::array<unsigned char, 3> only_http2{2, 'h', '2'};

// As SNI. A client that chooses the name may choose one that no certificate could be for.
bool can_be_told(const std::string& name) {
  return !name.empty() && name.size() <= TLSEXT_MAXLEN_host_name && !is_address(name);
}

// Words that cannot be kept for lack of memory change nothing about what happened.
template <class Work>
void quietly(Work work) noexcept {
  try {
    work();
  } catch (const std::exception&) {
    static_cast<void>(0);
  }
}

}  // namespace

TlsConnection::TlsConnection(StartedConnect started, const Endpoint& endpoint, TlsProfile& profile, std::string name,
                             TlsInside inside)
    : Connection(std::move(started), endpoint),
      profile_(profile),
      name_(std::move(name)),
      inside_(inside),
      peer_(name_ + (inside == TlsInside::Http2 ? "|h2|" : "|") + endpoint.text()) {
  socket_.fd = fd().get();
  socket_.allowance = handshake_allowance;
}

// The farewell does not wait for the backend's, nor for room: who does not take it will see the end of the connection.
TlsConnection::~TlsConnection() {
  if (!ssl_ || !open_) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

std::string_view TlsConnection::alpn() const noexcept {
  const unsigned char* chosen = nullptr;
  unsigned length = 0;
  if (ssl_) SSL_get0_alpn_selected(ssl_.get(), &chosen, &length);
  return {reinterpret_cast<const char*>(chosen), length};
}

IoResult TlsConnection::do_establish() noexcept {
  if (!reached()) {
    if (const IoResult connected = Connection::do_establish(); !connected.ok()) return connected;
  }
  try {
    return shake_hands();
  } catch (const std::exception&) {
    return {State::Failed, 0, ENOMEM};
  }
}

bool TlsConnection::begin() {
  ssl_ = profile_.open(*this);
  Bio bio = make_socket_bio(socket_);
  if (!ssl_ || !bio) return false;
  SSL_set0_rbio(ssl_.get(), bio.get());
  BIO_up_ref(bio.get());
  SSL_set0_wbio(ssl_.get(), bio.release());
  if (inside_ == TlsInside::Http2 && SSL_set_alpn_protos(ssl_.get(), only_http2.data(), only_http2.size()) != 0) {
    return false;
  }
  if (can_be_told(name_) && SSL_set_tlsext_host_name(ssl_.get(), name_.c_str()) != 1) return false;
  if (const SslSession session = profile_.sessions().take(peer_, std::time(nullptr))) {
    SSL_set_session(ssl_.get(), session.get());
  }
  return true;
}

IoResult TlsConnection::shake_hands() {
  ERR_clear_error();
  if (!ssl_ && !begin()) return refuse(TlsFault::Other, openssl_error());
  const int result = SSL_connect(ssl_.get());
  if (result == 1) {
    reading_ = writing_ = Needs::Nothing;
    shaken_ = open_ = true;
    socket_.allowance = allowance;
    socket_.keeps_unsent = true;
    unread_ = true;
    return check_backend();
  }
  const IoResult ended = outcome(result, reading_);
  if (ended.state != State::Closed) return ended;
  return refuse(TlsFault::Other, "the backend closed the connection during the handshake");
}

IoResult TlsConnection::check_backend() {
  const Certificate certificate(SSL_get1_peer_certificate(ssl_.get()));
  const TlsSettings& settings = profile_.settings();
  if (!certificate) return refuse(TlsFault::Certificate, "the backend has shown no certificate");
  if (settings.check_dates) {
    if (X509_cmp_current_time(X509_get0_notBefore(certificate.get())) >= 0) {
      return refuse(TlsFault::Dates, "its certificate is not valid yet");
    }
    if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) <= 0) {
      return refuse(TlsFault::Dates, "its certificate has expired");
    }
  }
  if (settings.name_check == NameCheck::Names && !certificate_is_for(certificate.get(), name_)) {
    return refuse(TlsFault::Name, "its certificate is not for " + name_ + ", but for " + names_of(certificate.get()));
  }
  if (settings.name_check == NameCheck::CommonName && !common_name_is_for(certificate.get(), name_)) {
    return refuse(TlsFault::CommonName,
                  "the common name of its certificate is not " + name_ + "; it is for " + names_of(certificate.get()));
  }
  return check_inside();
}

IoResult TlsConnection::check_inside() {
  if (inside_ == TlsInside::Http2) {
    if (alpn() == "h2") return {};
    refused_for_http1("it did not choose h2 in ALPN");
    return {State::Failed, 0, EPROTO};
  }
  // Who does not know ALPN speaks HTTP/1.1.
  const auto& offered = profile_.settings().alpn;
  const bool agreed = std::ranges::find(offered, alpn().empty() ? "http/1.1" : alpn()) != offered.end();
  if (!offered.empty() && !agreed) return refuse(TlsFault::Alpn, "it speaks none of the protocols that were offered");
  return {};
}

void TlsConnection::asked_for_certificate(bool given) noexcept { certificate_missing_ = !given; }

void TlsConnection::got_session(SslSession session) { profile_.sessions().put(peer_, std::move(session)); }

// What a call that did not succeed has come to.
IoResult TlsConnection::outcome(int result, Needs& needs) {
  needs = Needs::Nothing;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      needs = Needs::Read;
      return {State::WouldBlock};
    case SSL_ERROR_WANT_WRITE:
      needs = Needs::Write;
      return {State::WouldBlock};
    case SSL_ERROR_ZERO_RETURN:
      return {State::Closed};
    case SSL_ERROR_SYSCALL:
      return socket_.error == 0 ? IoResult{State::Closed} : broken(socket_.error);
    default:
      return broken(EPROTO);
  }
}

// Nothing may be said on it any more.
IoResult TlsConnection::broken(int error) {
  open_ = false;
  const unsigned long code = ERR_peek_error();
  quietly([&] { explain(code, error); });
  ERR_clear_error();
  return {State::Failed, 0, error};
}

// Until there is no more: so a read that brings less than it might have has drained the socket, as with a plain one.
IoResult TlsConnection::do_read(std::span<char> buffer) noexcept {
  if (held_end_) return *std::exchange(held_end_, std::nullopt);
  say_unsent();
  std::size_t got = 0;
  reading_ = Needs::Nothing;
  while (got < buffer.size()) {
    ERR_clear_error();
    std::size_t piece = 0;
    const int result = SSL_read_ex(ssl_.get(), buffer.data() + got, buffer.size() - got, &piece);
    if (result != 1) {
      unread_ = false;
      const IoResult ended = outcome(result, reading_);
      if (got == 0) return ended;
      if (ended.state != State::WouldBlock) held_end_ = ended;
      break;
    }
    got += piece;
    socket_.allowance = allowance;
    unread_ = !socket_.drained || SSL_has_pending(ssl_.get()) == 1;
    if (!unread_) break;
  }
  return {State::Ok, got};
}

// What the kernel has is not what the backend means.
IoResult TlsConnection::do_read_into(int, std::size_t) noexcept { return {State::WouldBlock}; }

// A record counts as written when the socket has all of it. Until then the same bytes come again, and are not looked
// at.
IoResult TlsConnection::write_once(const void* bytes, std::size_t size) {
  ERR_clear_error();
  writing_ = Needs::Nothing;
  if (owed_ == 0 && send_unsent(socket_)) {
    const int result = SSL_write_ex(ssl_.get(), bytes, size, &owed_);
    if (result != 1) {
      owed_ = 0;
      const IoResult ended = outcome(result, writing_);
      return ended.state == State::Closed ? IoResult{State::Failed, 0, EPIPE} : ended;
    }
  }
  if (owed_ != 0 && send_unsent(socket_)) return {State::Ok, std::exchange(owed_, 0)};
  if (socket_.error != 0) return broken(socket_.error);
  writing_ = Needs::Write;
  return {State::WouldBlock};
}

// Small parts share a record. What could not be written comes again, because nobody takes back a part that was not.
IoResult TlsConnection::do_write(std::span<const iovec> parts) noexcept {
  while (!parts.empty() && parts.front().iov_len == 0) parts = parts.subspan(1);
  if (parts.empty()) return {};
  if (parts.size() == 1 || parts.front().iov_len >= record_size) {
    return write_once(parts.front().iov_base, parts.front().iov_len);
  }
  std::array<char, record_size> record;
  std::size_t size = 0;
  for (const iovec& part : parts) {
    const std::size_t taken = std::min(part.iov_len, record.size() - size);
    std::memcpy(record.data() + size, part.iov_base, taken);
    size += taken;
  }
  return write_once(record.data(), size);
}

engine::Interest TlsConnection::do_interest(bool want_read, bool want_write) const noexcept {
  if (!reached()) return Connection::do_interest(want_read, want_write);
  if (!shaken_) return {fd().get(), reading_ != Needs::Write, reading_ == Needs::Write};
  return {fd().get(), want_read || (want_write && writing_ == Needs::Read),
          want_write || (want_read && (reading_ == Needs::Write || has_unsent()))};
}

bool TlsConnection::do_may_read(const engine::Readiness& seen) const noexcept {
  return seen.writable && (reading_ == Needs::Write || has_unsent());
}

// Both hear of it: what is inside, and the socket's end. The latter waits until the former is out.
void TlsConnection::do_end_writing() noexcept {
  if (!ssl_ || !open_) return Connection::do_end_writing();
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
  open_ = false;
  ending_ = true;
  say_unsent();
}

void TlsConnection::say_unsent() noexcept {
  if (!open_ && !ending_) return;
  const bool all = send_unsent(socket_);
  if (ending_ && (all || socket_.error != 0)) {
    ending_ = false;
    Connection::do_end_writing();
  }
}

// Tickets may have come meanwhile, and are taken in; any other byte is unasked for.
bool TlsConnection::do_idle_and_alive() noexcept {
  if (held_end_) return false;
  char byte;
  std::size_t got = 0;
  ERR_clear_error();
  const int result = SSL_peek_ex(ssl_.get(), &byte, 1, &got);
  if (result == 1) return false;
  unread_ = false;
  return outcome(result, reading_).state == State::WouldBlock;
}

}  // namespace cxxproxy::backend
