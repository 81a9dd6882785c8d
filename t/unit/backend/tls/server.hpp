// The backend's end of a TLS connection, in the same thread: its bytes go over the socket in pieces as small as a test
// likes.
#pragma once

#include "backend/tls/certificates.hpp"
#include "backend/tls/connection.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace cxxproxy::backend::test {

// What connections of one backend share: its tickets, for one.
class TlsServer {
 public:
  struct Options {
    int lowest = 0;  // versions; 0: any
    int highest = 0;
    const Identity* clients = nullptr;  // a client must show a certificate of this authority
    std::string alpn{};                 // the only protocol that is spoken; empty: never heard of ALPN
    bool insists = false;               // who does not offer it is sent away
  };
  explicit TlsServer(const Identity& identity) : TlsServer(identity, Options{}) {}
  TlsServer(const Identity& identity, const Options& options);
  SSL_CTX* context() const { return context_.get(); }

 private:
  std::string alpn_;
  SslContext context_;
};

class TlsPeer {
 public:
  TlsPeer(const TlsServer& server, int fd);

  // Takes at most `piece` bytes from the socket, works on them, and gives at most as many to it.
  void turn(std::size_t piece = 1 << 20);

  // The latter half of it.
  void give(std::size_t piece = 1 << 20);

  // Encrypts; turn() brings it out.
  void say(std::string_view bytes);
  void say_farewell() { SSL_shutdown(ssl_.get()); }

  // Ends its side of the socket, with all that was said but nothing more.
  void hang_up();

  const std::string& heard() const { return heard_; }
  bool heard_farewell() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  bool has_shaken_hands() const { return SSL_is_init_finished(ssl_.get()) == 1; }
  std::string sni() const;
  SSL* ssl() const { return ssl_.get(); }

 private:
  FileDescriptor fd_;
  Ssl ssl_;
  BIO* in_;   // the SSL's own
  BIO* out_;  // likewise
  std::string heard_;
};

// Both ends. The client's is not yet established.
struct TlsPair {
  TlsPair(TlsProfile& profile, const TlsServer& server, std::string name = "backend.test",
          TlsInside inside = TlsInside::AsSet);

  // Until the client's end is established, or has failed.
  IoResult shake_hands(std::size_t piece = 1 << 20);

  // Reads with a buffer of that size until `wanted` bytes are there, or it can get no further.
  std::string read(std::size_t wanted, std::size_t buffer = 65536, std::size_t piece = 1 << 20);

  std::unique_ptr<TlsConnection> client;
  std::unique_ptr<TlsPeer> peer;
};

std::unique_ptr<TlsProfile> make_profile(const TlsSettings& settings = {});

}  // namespace cxxproxy::backend::test
