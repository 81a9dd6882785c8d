#include "backend/tls/server.hpp"

#include "catch.hpp"

#include <sys/socket.h>

#include <array>
#include <vector>

namespace cxxproxy::backend::test {
namespace {

// More turns than any of these conversations needs, a byte each time.
constexpr int endless = 200000;

int choose_protocol(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* in, unsigned size,
                    void* arg) {
  const auto& only = *static_cast<const std::string*>(arg);
  for (unsigned at = 0; at < size; at += 1U + in[at]) {
    if (std::string_view(reinterpret_cast<const char*>(in) + at + 1, in[at]) != only) continue;
    *out = in + at + 1;
    *length = in[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

int insist_on_protocol(SSL* ssl, const unsigned char** out, unsigned char* length, const unsigned char* in,
                       unsigned size, void* arg) {
  const int chosen = choose_protocol(ssl, out, length, in, size, arg);
  return chosen == SSL_TLSEXT_ERR_OK ? chosen : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

TlsServer::TlsServer(const Identity& identity, const Options& options)
    : alpn_(options.alpn), context_(SSL_CTX_new(TLS_server_method())) {
  SSL_CTX* context = context_.get();
  REQUIRE(SSL_CTX_use_certificate(context, identity.certificate.get()) == 1);
  REQUIRE(SSL_CTX_use_PrivateKey(context, identity.key.get()) == 1);
  SSL_CTX_set_min_proto_version(context, options.lowest);
  SSL_CTX_set_max_proto_version(context, options.highest);
  SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>("test"), 4);
  if (options.clients) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), options.clients->certificate.get());
    SSL_CTX_add_client_CA(context, options.clients->certificate.get());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  if (alpn_.empty()) return;
  SSL_CTX_set_alpn_select_cb(context, options.insists ? insist_on_protocol : choose_protocol, &alpn_);
}

TlsPeer::TlsPeer(const TlsServer& server, int fd)
    : fd_(fd), ssl_(SSL_new(server.context())), in_(BIO_new(BIO_s_mem())), out_(BIO_new(BIO_s_mem())) {
  BIO_set_mem_eof_return(in_, -1);
  SSL_set_bio(ssl_.get(), in_, out_);
  SSL_set_accept_state(ssl_.get());
}

void TlsPeer::turn(std::size_t piece) {
  std::vector<char> bytes(std::min<std::size_t>(piece, 65536));
  const auto got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
  if (got > 0) BIO_write(in_, bytes.data(), static_cast<int>(got));
  ERR_clear_error();
  char text[16384];
  for (int size; (size = SSL_read(ssl_.get(), text, sizeof text)) > 0;)
    heard_.append(text, static_cast<std::size_t>(size));
  give(piece);
}

void TlsPeer::give(std::size_t piece) {
  char* waiting = nullptr;
  const auto size = std::min<std::size_t>(static_cast<std::size_t>(BIO_get_mem_data(out_, &waiting)), piece);
  const auto put = size == 0 ? 0 : ::send(fd_.get(), waiting, size, MSG_NOSIGNAL);
  if (put > 0) BIO_read(out_, std::vector<char>(static_cast<std::size_t>(put)).data(), static_cast<int>(put));
}

void TlsPeer::say(std::string_view bytes) {
  REQUIRE(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size()));
}

void TlsPeer::hang_up() {
  turn();
  ::shutdown(fd_.get(), SHUT_WR);
}

std::string TlsPeer::sni() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name ? name : "";
}

TlsPair::TlsPair(TlsProfile& profile, const TlsServer& server, std::string name, TlsInside inside) {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  StartedConnect started;
  started.fd = FileDescriptor(ends[0]);
  client = std::make_unique<TlsConnection>(std::move(started), Endpoint(), profile, std::move(name), inside);
  peer = std::make_unique<TlsPeer>(server, ends[1]);
}

IoResult TlsPair::shake_hands(std::size_t piece) {
  IoResult result{IoResult::State::WouldBlock};
  for (int turns = 0; turns < endless && result.state == IoResult::State::WouldBlock; ++turns) {
    result = client->establish();
    peer->turn(piece);
  }
  // What the client says last of all, the peer hears.
  for (int turns = 0; turns < endless && result.ok() && !peer->has_shaken_hands(); ++turns) peer->turn(piece);
  return result;
}

std::string TlsPair::read(std::size_t wanted, std::size_t buffer, std::size_t piece) {
  std::string all;
  std::vector<char> bytes(buffer);
  for (int turns = 0; turns < endless && all.size() < wanted; ++turns) {
    peer->turn(piece);
    for (;;) {
      const IoResult got = client->read(bytes);
      all.append(bytes.data(), got.bytes);
      if (!got.ok() && got.state != IoResult::State::WouldBlock) return all;
      if (!got.ok() || (got.bytes < bytes.size() && !client->holds_bytes())) break;
    }
  }
  return all;
}

std::unique_ptr<TlsProfile> make_profile(const TlsSettings& settings) {
  std::string wrong;
  std::unique_ptr<TlsProfile> profile = TlsProfile::make(settings, wrong);
  INFO(wrong);
  REQUIRE(profile);
  return profile;
}

}  // namespace cxxproxy::backend::test
