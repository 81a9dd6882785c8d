// The backend's side of an exchange as the exchange sees it: whom to try, with what request, and what became of it.
// httpd/ implements it: there the balancer chooses, headers are built and marks are set.
#pragma once

#include "backend/address_book.hpp"
#include "backend/connection.hpp"
#include "backend/pool.hpp"
#include "backend/socket.hpp"
#include "backend/tls/trouble.hpp"
#include "balance/failover.hpp"
#include "engine/clock.hpp"
#include "exchange/request_body.hpp"
#include "wire/response_reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cxxproxy::backend {
class Http2RequestHead;
class TlsProfile;
}  // namespace cxxproxy::backend

namespace cxxproxy::exchange {

// A tunnel is over when both sides have ended their streams, or as soon as the backend, or either, has.
enum class TunnelEnd : std::uint8_t { BothSides, Backend, EitherSide };

// One backend to try. What it refers to outlives the attempt.
struct Target {
  backend::AddressBook* addresses = nullptr;
  backend::Pool* pool = nullptr;       // null: a connection of this request's own
  std::string_view pool_key;           // connections of others are left alone
  backend::TlsProfile* tls = nullptr;  // null: without
  std::string_view tls_name;           // whom its certificate must be for
  bool http2 = false;                  // over HTTP/2: with TLS the backend must choose it (ALPN)
  backend::SocketOptions socket;
  engine::Duration connect_timeout{};
  engine::Duration timeout{};                        // of the handshake as a whole, too
  std::optional<engine::Duration> continue_timeout;  // `ping`: how long a 100 may take
  std::size_t read_size = 0;                         // 0: as much as the driver's buffer holds
  bool reuse = true;                                 // the connection may serve others after us
  bool fresh = false;                                // kept connections are passed over
  bool careful = true;                           // a kept connection is looked at with a system call, watched or not
  bool extra_crlf = false;                       // a line end behind the body, for backends of old
  bool waits_for_slot = true;                    // false: with the pool exhausted, a connection of its own
  bool wait_for_continue = false;                // the backend must say 100 before it gets the body
  std::string_view upgrade;                      // the protocol that the request asks to switch to; empty: none
  TunnelEnd tunnel_ends = TunnelEnd::BothSides;  // when that is over
  engine::Duration tunnel_timeout{};     // how long both sides may be silent after that; 0: the longer timeout of both
  std::uint32_t streams = 100;           // requests at once on one connection of HTTP/2
  std::optional<engine::Duration> ping;  // of HTTP/2: silence after which the backend is asked, and time to answer
  wire::ResponseReader::Options answer;
};

// Why an attempt came to nothing, in full.
struct Failure {
  balance::Reason reason;
  int status = 0;        // when the client brought its own (ClientBodyBad, ClientTimeout); 0: the reason's
  std::string detail{};  // for the log
  int error{};           // errno, if one was the cause
  std::optional<wire::Fault> fault{};             // what was wrong with the answer (BadAnswer)
  std::optional<backend::TlsFault> tls{};         // with the backend's TLS
  bool unseen = false;                            // the backend has not begun with the request
  std::optional<engine::Duration> again_after{};  // of choose(): nobody now, ask again after that
};

// The connection that carries an attempt, as far as the books are concerned.
struct Carrier {
  std::uint16_t local_port = 0;  // 0 for a unix socket
  int source_error = 0;          // see backend::Connection; of a new one only

  static Carrier of(const backend::Connection& connection, bool is_new) noexcept {
    return {connection.local_port(), is_new ? connection.source_error() : 0};
  }
};

enum class Next : std::uint8_t { TryAnother, GiveUp };

class Dispatcher {
 public:
  // The backend to try first, or after failed() said TryAnother. Nothing: nobody is there to be tried, and `why` says
  // what that means.
  virtual std::optional<Target> choose(Failure& why) = 0;

  // Appends the request's head for the backend chosen last, framing as `plan` says. False: it cannot be written (a
  // control character where none may be).
  virtual bool write_head(std::string& out, const BodyPlan& plan) = 0;

  // The same over HTTP/2.
  virtual bool write_head(backend::Http2RequestHead& out, const BodyPlan& plan) = 0;

  // Once the request's body has ended: fields follow it. They are written; false: none of them may be.
  virtual bool has_trailer() const = 0;
  virtual bool write_trailer(backend::Http2RequestHead& out) = 0;

  // A connection to the chosen backend is there: a new one, or one that was kept.
  virtual void connected(const Carrier& carrier) = 0;

  // The attempt failed. `repeatable`: the same request can still be sent to another backend: nothing of the answer was
  // passed on, the body is at hand, and the request is safe to repeat or cannot have been seen.
  virtual Next failed(const Failure& failure, bool repeatable) = 0;

  // The attempt's connection is done with, however it went; bytes on it in this attempt. Called once for each
  // connected().
  virtual void finished(std::uint64_t sent, std::uint64_t received) = 0;

  // Whether sending the request twice is the same as once (RFC 9110 section 9.2.2).
  virtual bool idempotent() const = 0;

 protected:
  ~Dispatcher() = default;
};

}  // namespace cxxproxy::exchange
