// A connection to a backend inside TLS.
#pragma once

#include "backend/connection.hpp"
#include "backend/tls/profile.hpp"
#include "backend/tls/socket_bio.hpp"

#include <optional>
#include <string>

namespace cxxproxy::backend {

// What is offered to the backend for what is inside (ALPN).
enum class TlsInside : std::uint8_t {
  AsSet,  // what the profile's settings say
  Http2,  // that alone, and a backend that does not choose it is refused; their sessions are for each other
};

// Established once its handshake is over and the backend's certificate is what the profile asks for. Owned and used as
// any Connection; ended in good order it says so to the backend. The profile outlives it.
class TlsConnection final : public Connection, private TlsEvents {
 public:
  // `name`: whom the certificate must be for, and whom the backend is told that it is for (SNI) unless that is an
  // address, or longer than a name can be. In lower case, without brackets.
  TlsConnection(StartedConnect started, const Endpoint& endpoint, TlsProfile& profile, std::string name,
                TlsInside inside = TlsInside::AsSet);
  ~TlsConnection() override;

  // What was agreed upon for what is inside; empty: nothing.
  std::string_view alpn() const noexcept;

  bool resumed() const noexcept { return ssl_ && SSL_session_reused(ssl_.get()) == 1; }

 private:
  IoResult do_establish() noexcept override;
  IoResult do_read(std::span<char> buffer) noexcept override;
  IoResult do_read_into(int pipe, std::size_t most) noexcept override;
  IoResult do_write(std::span<const iovec> parts) noexcept override;
  engine::Interest do_interest(bool want_read, bool want_write) const noexcept override;
  void do_end_writing() noexcept override;
  void say_unsent() noexcept;
  bool has_unsent() const noexcept { return (open_ || ending_) && !socket_.unsent.empty(); }
  bool do_idle_and_alive() noexcept override;
  bool do_splices() const noexcept override { return false; }
  bool do_holds_bytes() const noexcept override { return held_end_.has_value() || unread_; }
  bool do_may_read(const engine::Readiness& seen) const noexcept override;
  const TlsTrouble* do_trouble() const noexcept override { return trouble_ ? &*trouble_ : nullptr; }

  void refused(TlsFault fault, std::string why) override;
  void asked_for_certificate(bool given) noexcept override;
  void got_session(SslSession session) override;

  // What the last call of OpenSSL on this side waits for, when it has to wait.
  enum class Needs : std::uint8_t { Nothing, Read, Write };

  bool begin();
  IoResult shake_hands();
  IoResult check_backend();
  IoResult check_inside();
  IoResult refuse(TlsFault fault, std::string why);
  IoResult outcome(int result, Needs& needs);
  IoResult broken(int error);
  void explain(unsigned long code, int error);
  void refused_for_version(const std::string& said);
  void refused_for_certificate(const std::string& said);
  void refused_for_http1(const std::string& said);
  IoResult write_once(const void* bytes, std::size_t size);

  TlsProfile& profile_;
  const std::string name_;
  const TlsInside inside_;
  const std::string peer_;  // what sessions are kept under
  SocketState socket_;
  Ssl ssl_;  // behind socket_: it ends first
  Needs reading_ = Needs::Nothing;
  Needs writing_ = Needs::Nothing;
  std::size_t owed_ = 0;              // of what write() was given: in a record that is not all out yet
  bool shaken_ = false;               // the handshake is over
  bool open_ = false;                 // and nothing has failed since
  bool ending_ = false;               // the farewell is said, and not all with the socket
  bool certificate_missing_ = false;  // the backend asked for one, and got none
  bool unread_ = false;               // the last read stopped before there was nothing more
  std::optional<IoResult> held_end_;  // of a read that had brought bytes before it met the end
  std::optional<TlsTrouble> trouble_;
};

}  // namespace cxxproxy::backend
